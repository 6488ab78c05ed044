/** The door of `submission/service/audit`. */
export { openEmbeddedAuditLog, openEmbeddedTables } from "./embedded.ts";
export { ChainWalk, FINDING_KINDS, type Finding, type FindingKind } from "./findings.ts";
export { sortedPairs } from "./hash.ts";
export * from "./log.ts";
export { auditPages } from "./pages.ts";
export { AuditReader, InvalidCursor } from "./reader.ts";
export { RefusalBudget, type RefusalBudgetSettings } from "./refusal-budget.ts";
export { type AuditServer, openServerAuditLog, serverTables } from "./server.ts";
export { ServerAuditLog } from "./server-log.ts";
export type { AuditTables } from "./store.ts";
export {
  type AuditPages,
  type BlockPlace,
  HEAD_PATTERN,
  headOf,
  type Progress,
  type Verified,
  type VerifyOptions,
  verifyAll,
  verifyChain,
} from "./verify.ts";
