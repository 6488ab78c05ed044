import type { FastifyRequest } from "fastify";
import type { Caller } from "../../model.ts";

/** Under which a request carries who makes it, once that is known. */
export const CALLER = "orchCaller";

export function callerOf(request: FastifyRequest): Caller | undefined {
  return request.getDecorator<Caller | undefined>(CALLER);
}

export function knownCaller(request: FastifyRequest): Caller {
  const caller = callerOf(request);
  if (caller === undefined) throw new Error("a request came through without a caller");
  return caller;
}
