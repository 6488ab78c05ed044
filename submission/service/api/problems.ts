import { diagnosticJson } from "../../spec/index.ts";
import { REASONS, type Reason, Rejection } from "../application/index.ts";
import { Unavailable } from "../unavailable.ts";
import type { ProblemDetails } from "./schema.ts";

const STATUS: Readonly<Record<Reason, number>> = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  unknown: 404,
  conflict: 409,
  unfinished: 409,
  "too-large": 413,
  "unsupported-method": 405,
  "unsupported-media-type": 415,
  invalid: 422,
  "too-many-requests": 429,
  busy: 503,
};

/** How a request failed, for its caller: problem details, and when to ask again. */
export interface Failure {
  readonly problem: ProblemDetails;
  /** Seconds. */
  readonly retryAfter: number | undefined;
  /** Undefined: nobody's mistake but ours. */
  readonly reason: Reason | "unavailable" | undefined;
}

export function failureOf(error: unknown): Failure {
  if (error instanceof Rejection) return rejected(error);
  if (error instanceof Unavailable) return unavailable(error);
  return {
    problem: {
      type: "urn:orch:problem:internal",
      title: "The service made a mistake",
      status: 500,
      // What happened is in the service's log; it may quote what others sent.
      detail: "Nothing is wrong with the request. Whoever runs the service finds the cause in its log.",
    },
    retryAfter: undefined,
    reason: undefined,
  };
}

function rejected({ reason, message, facts }: Rejection): Failure {
  const { diagnostics, digests, retryAfterSeconds } = facts;
  return {
    problem: {
      type: `urn:orch:problem:${reason === "invalid" ? "invalid-submission" : reason}`,
      title: REASONS[reason],
      status: STATUS[reason],
      detail: message,
      ...(diagnostics === undefined ? {} : { diagnostics: diagnostics.map(diagnosticJson) }),
      ...(digests === undefined ? {} : { digests }),
    },
    retryAfter: retryAfterSeconds,
    reason,
  };
}

function unavailable({ part, message, retryAfterSeconds }: Unavailable): Failure {
  return {
    problem: {
      type: "urn:orch:problem:unavailable",
      title: "A part of the platform is away",
      status: 503,
      detail: `Nothing was done; ask again in ${retryAfterSeconds} seconds. ${message}`,
      part,
    },
    retryAfter: retryAfterSeconds,
    reason: "unavailable",
  };
}
