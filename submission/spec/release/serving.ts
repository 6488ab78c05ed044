/** Namespace in which whatever runs answers requests. No imports here. */
export const SERVING_NAMESPACE = "serving";
