import { type Compiled, compile } from "../../compile/index.ts";
import { type Diagnostic, inSource, type Submission } from "../../spec/index.ts";
import type { Caller } from "../model.ts";
import type { Parts } from "./parts.ts";
import { checkTexts, type Texts } from "./prepare.ts";
import { invalid } from "./rejection.ts";
import { planOfRerun, type RerunRequest } from "./rerun.ts";
import type { RerunPlan } from "./rerun-plan.ts";
import { teamFor } from "./team.ts";

export interface PlanRequest {
  readonly texts: Texts;
  readonly team: string | undefined;
}

export interface Plan {
  /** Whether it would be accepted as it is. */
  readonly ok: boolean;
  readonly submission: Submission;
  readonly compiled: Compiled;
  readonly diagnostics: readonly Diagnostic[];
  readonly rerun: (RerunPlan & { readonly of: string }) | undefined;
}

/** What would be created, where it may run and how large it will be; creates nothing. */
export async function plan(parts: Parts, caller: Caller, request: PlanRequest): Promise<Plan> {
  const team = await teamFor(parts, caller, request.team);
  const { submission, warnings } = checkTexts(request.texts, team, parts.profile);
  const compiled = compile(submission, parts.profile);
  if (compiled.ok) return { ok: true, submission, compiled, diagnostics: warnings, rerun: undefined };
  // What does not fit is planned all the same: the plan is where to see why.
  const whole = compile(submission, parts.profile, { skipSizeCheck: true });
  const diagnostics = [...warnings, ...inSource(compiled.diagnostics, request.texts.dag)];
  if (!whole.ok) throw invalid(diagnostics);
  return { ok: false, submission, compiled: whole, diagnostics, rerun: undefined };
}

/** The same for a rerun: what is kept and why the rest runs. */
export async function planRerunOf(parts: Parts, caller: Caller, request: RerunRequest): Promise<Plan> {
  const { prepared, plan: rerun } = await planOfRerun(parts, caller, request);
  const { submission, compiled, warnings } = prepared;
  return { ok: true, submission, compiled, diagnostics: warnings, rerun: { ...rerun, of: request.of } };
}
