import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { Access } from "../access/index.ts";
import { Rejection } from "../application/index.ts";
import type { Caller } from "../model.ts";

export interface DoorOptions {
  readonly access: Access;
  /** Requests a caller may make within a second, over REST and gRPC together; Infinity: any number. */
  readonly requestsPerSecond: number;
}

/** Tokens that nobody knows, from one address within a second: each may cost a question to the API server. */
const REFUSED_PER_SECOND = 20;

/** Lets callers in, whichever transport they come by: by their token, and not more often than they may. */
export class Door {
  readonly #access: Access;
  readonly #callers: RateLimiterMemory | undefined;
  readonly #strangers = new RateLimiterMemory({ points: REFUSED_PER_SECOND, duration: 1 });

  constructor({ access, requestsPerSecond }: DoorOptions) {
    this.#access = access;
    this.#callers = Number.isFinite(requestsPerSecond)
      ? new RateLimiterMemory({ points: requestsPerSecond, duration: 1 })
      : undefined;
  }

  /**
   * @param authorization the header of that name
   * @param address where the request comes from
   * @throws Rejection: unauthenticated, or too many requests
   */
  async admit(authorization: string | undefined, address: string): Promise<Caller> {
    const strange = await this.#strangers.get(address);
    if (strange !== null && strange.consumedPoints >= REFUSED_PER_SECOND) throw tooMany(strange);
    const caller = await this.#access.identify(bearerOf(authorization));
    if (caller === undefined) {
      await within(this.#strangers, address);
      throw new Rejection(
        "unauthenticated",
        "A bearer token that is valid in the cluster is needed: `Authorization: Bearer <token>`, e.g. of `kubectl create token`.",
      );
    }
    if (this.#callers !== undefined) await within(this.#callers, caller.name);
    return caller;
  }
}

function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(authorization ?? "")?.[1];
}

async function within(limiter: RateLimiterMemory, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (spent) {
    if (spent instanceof RateLimiterRes) throw tooMany(spent);
    throw spent;
  }
}

function tooMany({ msBeforeNext }: RateLimiterRes): Rejection {
  const seconds = Math.max(1, Math.ceil(msBeforeNext / 1_000));
  return new Rejection("too-many-requests", `Too many requests; ask again in ${seconds} seconds.`, {
    retryAfterSeconds: seconds,
  });
}
