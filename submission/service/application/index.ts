/** What the service does, whatever it is asked over. */
export { type Cancelled, cancel } from "./cancel.ts";
export type { Parts, ServiceLog } from "./parts.ts";
export { type Plan, type PlanRequest, plan, planRerunOf } from "./plan.ts";
export type { Texts } from "./prepare.ts";
export {
  type AuditedSubmission,
  auditOf,
  followStatus,
  type ListRequest,
  type LogRequest,
  lineageOf,
  list,
  logsOf,
  statusOf,
} from "./read.ts";
export { Refusals, type RefusedRequest } from "./refusals.ts";
export { REASONS, type Reason, Rejection, type RejectionFacts } from "./rejection.ts";
export { type RerunAccepted, type RerunRequest, rerun } from "./rerun.ts";
export type { Kept, RunAgain } from "./rerun-plan.ts";
export { type Accepted, type SubmitRequest, submit } from "./submit.ts";
export { verifyChainOf, verifyLog } from "./verify.ts";
