/** What a release of a model is and what speaks for it: read by stacks, policies and whoever assembles it. */
export * from "./assemble.ts";
export * from "./evidence.ts";
export { FIX_THE_SOURCE, GATE_NAMES, GATES, type Gate, type GateName } from "./gates.ts";
export * from "./manifest.ts";
export { readPlainJson } from "./plain-json.ts";
export { SERVING_NAMESPACE } from "./serving.ts";
export {
  EVIDENCE_HEADER,
  EVIDENCE_TYPE,
  type EvidenceKey,
  evidenceKey,
  readEvidence,
  signEvidence,
  whyNotSigned,
} from "./signature.ts";
export { STAGES, type Stage, stageBefore } from "./stages.ts";
export * from "./values.ts";
