import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import type { Reason } from "../../application/index.ts";
import { type Failure, failureOf } from "../problems.ts";
import { type Definitions, PROBLEM_TYPE_URL } from "./definitions.ts";

const CODES: Readonly<Record<Reason | "unavailable", status>> = {
  malformed: status.INVALID_ARGUMENT,
  unauthenticated: status.UNAUTHENTICATED,
  forbidden: status.PERMISSION_DENIED,
  unknown: status.NOT_FOUND,
  conflict: status.ALREADY_EXISTS,
  unfinished: status.FAILED_PRECONDITION,
  "too-large": status.RESOURCE_EXHAUSTED,
  "unsupported-method": status.UNIMPLEMENTED,
  "unsupported-media-type": status.INVALID_ARGUMENT,
  invalid: status.INVALID_ARGUMENT,
  "too-many-requests": status.RESOURCE_EXHAUSTED,
  busy: status.UNAVAILABLE,
  unavailable: status.UNAVAILABLE,
};

/** Trailers beyond this are refused by clients (8 KiB, metadata of theirs and ours together): the first diagnostics are what counts. */
const MOST_DIAGNOSTICS_BYTES = 5_000;

/** A failed call: the code, the sentence, and the problem in the details, as far as it fits. */
export function serviceError(error: unknown, definitions: Definitions): ServiceError {
  const failure = failureOf(error);
  const code = failure.reason === undefined ? status.INTERNAL : CODES[failure.reason];
  const metadata = new Metadata();
  const { detail } = failure.problem;
  const value = problemBytes(failure, definitions);
  metadata.set(
    "grpc-status-details-bin",
    definitions.status({ code, message: detail.slice(0, 1_000), details: [{ type_url: PROBLEM_TYPE_URL, value }] }),
  );
  if (failure.retryAfter !== undefined) metadata.set("retry-after", String(failure.retryAfter));
  return Object.assign(new Error(detail), { code, details: detail.slice(0, 1_000), metadata });
}

function problemBytes({ problem }: Failure, definitions: Definitions): Buffer {
  const diagnostics = (problem.diagnostics ?? []).map(({ suggestion, ...rest }) =>
    suggestion === null ? rest : { ...rest, suggestion },
  );
  const short = { ...problem, detail: problem.detail.slice(0, 1_000) };
  for (let count = diagnostics.length; ; count = Math.floor(count / 2)) {
    const bytes = definitions.problem({ ...short, diagnostics: diagnostics.slice(0, count) });
    if (bytes.length <= MOST_DIAGNOSTICS_BYTES || count === 0) return bytes;
  }
}
