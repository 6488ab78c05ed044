import { Rejection } from "../application/index.ts";

/** Of bodies that are being read or checked, over REST and gRPC together: 64 MiB. */
export const BYTES_IN_FLIGHT = 64 * 1024 * 1024;
const AGAIN_AFTER_SECONDS = 1;

/** Each body is bounded by the profile; this bounds all that are in memory at once, whoever sent them. */
export class BytesInFlight {
  readonly #most: number;
  #held = 0;

  /** @param most bytes; at least one body must fit */
  constructor(most: number) {
    this.#most = most;
  }

  get held(): number {
    return this.#held;
  }

  /** @throws Rejection: busy, when so many bytes more are too many */
  expect(bytes: number): void {
    if (this.#held + bytes <= this.#most) return;
    throw new Rejection("busy", `The service has as many bodies in hand as it takes; ask again.`, {
      retryAfterSeconds: AGAIN_AFTER_SECONDS,
    });
  }

  /** What one request has in memory, from its first byte to its answer. */
  request(): BodyInFlight {
    let own = 0;
    return {
      take: (bytes) => {
        this.expect(bytes);
        own += bytes;
        this.#held += bytes;
      },
      release: () => {
        this.#held -= own;
        own = 0;
      },
    };
  }
}

export interface BodyInFlight {
  /** @throws Rejection: busy */
  take(bytes: number): void;
  release(): void;
}
