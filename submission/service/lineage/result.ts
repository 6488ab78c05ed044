import type { NodeResult } from "../../spec/result.ts";
import type { SubmissionRecord } from "../model.ts";

/** What a node left where its result is kept. */
export type Result =
  | { readonly read: NodeResult }
  /** There is something, and nobody will make anything of it: why, without what is in it. */
  | { readonly unreadable: string };

/** Reads what a node wrote to its result path; undefined: it wrote none. Throws `Unavailable` when that cannot be known now. */
export type ReadResult = (record: SubmissionRecord, node: string) => Promise<Result | undefined>;
