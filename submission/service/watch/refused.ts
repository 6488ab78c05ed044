/** Answers of HTTP that say that what was sent is no good, whoever sends it and when; all others may be better later. */
const NO_GOOD: readonly number[] = [400, 406, 411, 413, 414, 415, 422];

/** Whether a sink will never take what it answered with this status. */
export const isRefusal = (status: number | undefined): boolean => status !== undefined && NO_GOOD.includes(status);
