import type { Diagnostic } from "../../spec/index.ts";
import type { Caller, SubmissionRecord } from "../model.ts";
import { accept, recordOf } from "./accept.ts";
import type { Parts } from "./parts.ts";
import { prepare, type Texts } from "./prepare.ts";
import { teamFor } from "./team.ts";
import { traceparentOf } from "./trace-context.ts";

export interface SubmitRequest {
  readonly texts: Texts;
  readonly team: string | undefined;
  readonly traceparent: string | undefined;
}

export interface Accepted {
  readonly record: SubmissionRecord;
  readonly warnings: readonly Diagnostic[];
}

/** Checks, compiles and promises a submission; it is created in the cluster after the answer. */
export async function submit(parts: Parts, caller: Caller, request: SubmitRequest): Promise<Accepted> {
  const team = await teamFor(parts, caller, request.team);
  const { record, warnings } = toAccept(parts, caller, request, team);
  return { record: await accept(parts, record), warnings };
}

function toAccept({ profile }: Parts, caller: Caller, request: SubmitRequest, team: string): Accepted {
  const prepared = prepare(request.texts, team, profile);
  const traceparent = traceparentOf(request.traceparent);
  return { record: recordOf({ prepared, caller, traceparent }, profile), warnings: prepared.warnings };
}
