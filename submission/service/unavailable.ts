/** The parts of the environment the service stands on. */
export type Part = "audit" | "queue" | "kubernetes" | "artifacts" | "lineage" | "traces";

/** A part is away: nothing was done, and the same call may go through later. Answered as 503 with Retry-After, as UNAVAILABLE over gRPC. */
export class Unavailable extends Error {
  readonly part: Part;
  readonly retryAfterSeconds: number;

  constructor(part: Part, message: string, options: { retryAfterSeconds?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "Unavailable";
    this.part = part;
    this.retryAfterSeconds = options.retryAfterSeconds ?? 2;
  }
}
