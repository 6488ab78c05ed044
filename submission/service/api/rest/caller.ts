import type { FastifyRequest } from "fastify";
import type { Caller } from "../../model.ts";

/** Who makes a request, once that is known; a request that broke before that has nobody. */
const callers = new WeakMap<FastifyRequest, Caller>();

export function setCaller(request: FastifyRequest, caller: Caller): void {
  callers.set(request, caller);
}

export const callerOf = (request: FastifyRequest): Caller | undefined => callers.get(request);

export function knownCaller(request: FastifyRequest): Caller {
  const caller = callerOf(request);
  if (caller === undefined) throw new Error("a request came through without a caller");
  return caller;
}
