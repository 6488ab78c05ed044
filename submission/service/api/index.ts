/** The service's API: REST and gRPC over the same use cases. */
export { ApiMetrics } from "./metrics.ts";
export { type ApiOptions, type RunningApi, startApi } from "./start.ts";
