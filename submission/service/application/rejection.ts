import type { Diagnostic } from "../../spec/index.ts";

/** Why a request is turned away; each transport has its own numbers for them. */
export const REASONS = {
  /** The request itself cannot be read. */
  malformed: "The request cannot be read",
  unauthenticated: "Nobody knows who asks",
  forbidden: "The caller may not do this",
  /** There is none, or the caller may not see it: the two are answered alike. */
  unknown: "There is no such submission",
  /** What is there stands against it. */
  /** The id is another body's. */
  conflict: "The submission id is taken",
  /** It may be asked for once the submission is over. */
  unfinished: "The submission is not over yet",
  "too-large": "The request is too large",
  "unsupported-method": "The method is not supported",
  "unsupported-media-type": "The content type is not supported",
  /** It was read and understood, and is wrong. */
  invalid: "The submission is not valid",
  "too-many-requests": "Too many requests",
  /** Nobody asks too often, and together it is too much. */
  busy: "The service has its hands full",
} as const;
export type Reason = keyof typeof REASONS;

export interface RejectionFacts {
  readonly diagnostics?: readonly Diagnostic[];
  /** The two bodies that met under one id. */
  readonly digests?: { readonly submitted: string; readonly existing: string };
  readonly retryAfterSeconds?: number;
  /** Id of another team's submission that was asked for: for the audit log, never for the caller. */
  readonly foreign?: string;
}

/** The request is turned away, and nothing was done. The message is for the caller: what, where, what to do. */
export class Rejection extends Error {
  readonly reason: Reason;
  readonly facts: RejectionFacts;

  constructor(reason: Reason, message: string, facts: RejectionFacts = {}) {
    super(message);
    this.name = "Rejection";
    this.reason = reason;
    this.facts = facts;
  }
}

/** All that is wrong with the documents. */
export function invalid(diagnostics: readonly Diagnostic[]): Rejection {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const first = errors[0]?.message ?? "";
  const tooLarge = errors.some(({ code }) => code === "input/too-large");
  const message = `${errors.length} ${errors.length === 1 ? "error" : "errors"}, first: ${first}`;
  return new Rejection(tooLarge ? "too-large" : "invalid", message, { diagnostics });
}
