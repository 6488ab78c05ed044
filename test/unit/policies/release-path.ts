import type { Evidence } from "../../../submission/spec/release/index.ts";
import type { Case, Loose } from "./release-case.ts";
import { digest } from "./release-fixture.ts";

const edited = (token: string, change: (evidence: Loose<Evidence>) => void): string => {
  const [header, payload = "", signature] = token.split(".");
  const content = JSON.parse(Buffer.from(payload, "base64url").toString());
  change(content);
  return [header, Buffer.from(JSON.stringify(content)).toString("base64url"), signature].join(".");
};
const withHeader = (token: string, change: object): string => {
  const [header = "", ...rest] = token.split(".");
  const content = { ...JSON.parse(Buffer.from(header, "base64url").toString()), ...change };
  return [Buffer.from(JSON.stringify(content)).toString("base64url"), ...rest].join(".");
};
const STAGED: readonly Case[] = [
  {
    title: "canary skipped",
    manifest: (m) => (m.predecessor = { release: "bt-xs-7-staging", stage: "staging" }),
    refused: {
      "no-stage-skipped": "is in prod after bt-xs-7-staging in staging; it must come from canary",
      "canary-was-long-enough": "has no stay of its predecessor in canary",
    },
  },
  {
    title: "no predecessor",
    stage: "canary",
    manifest: (m) => delete m.predecessor,
    refused: { "no-stage-skipped": "is in canary and names no predecessor in staging" },
  },
  {
    title: "a predecessor that never was",
    stage: "canary",
    manifest: (m) => (m.predecessor.release = "another"),
    refused: { "no-stage-skipped": "comes after another, of which the evidence has no stay in staging" },
  },
  {
    title: "a predecessor that served another artifact",
    stage: "canary",
    evidence: (e) => (e.stays[0].artifactSha256 = digest("e")),
    refused: { "no-stage-skipped": "has no stay in staging with artifact" },
  },
  {
    title: "canary without staging before it",
    evidence: (e) => e.stays.shift(),
    refused: { "no-stage-skipped": "was never in staging with this artifact" },
  },
  {
    title: "staging after canary",
    evidence: (e) => Object.assign(e.stays[0], { from: "2026-11-13T00:00:00Z", to: "2026-11-14T00:00:00Z" }),
    refused: { "no-stage-skipped": "was in canary before it was in staging" },
  },
  {
    title: "a stage that does not exist",
    manifest: (m) => (m.stage = "production"),
    refused: Object.fromEntries(
      [
        "serving-has-release",
        "evidence-is-signed",
        "artifact-is-the-proven",
        "no-stage-skipped",
        "canary-was-long-enough",
        "prod-is-approved",
        "traffic-fits-stage",
      ].map((rule) => [rule, "orch.dev/release.stage: it must be one of staging, canary, prod"]),
    ),
  },
  {
    title: "a canary that was too short",
    evidence: (e) => (e.stays[1].to = "2026-11-14T23:59:00Z"),
    refused: { "canary-was-long-enough": "was in canary for 71.9 hours; it must be 72" },
  },
  {
    title: "a canary with too few requests",
    evidence: (e) => (e.stays[1].requests = 99_999),
    refused: { "canary-was-long-enough": "has answered 99999 requests in canary; it must be 100000" },
  },
  {
    title: "a canary with too small a share",
    evidence: (e) => (e.stays[1].trafficPercent = 1),
    refused: { "canary-was-long-enough": "has got 1 % of the requests in canary; it must be 5 %" },
  },
  {
    title: "a canary that ends before it begins",
    evidence: (e) => Object.assign(e.stays[1], { from: "2026-11-19T00:00:00Z", to: "2026-11-12T00:00:00Z" }),
    refused: { "canary-was-long-enough": "ends before it begins" },
  },
  {
    title: "a canary that lasts into the future",
    evidence: (e) => (e.stays[1].to = "2027-11-19T00:00:00Z"),
    refused: {
      "canary-was-long-enough": "after the evidence was issued",
      "prod-is-approved": "before its stay in canary had ended",
    },
  },
  {
    title: "a canary that gets every request",
    stage: "canary",
    manifest: (m) => (m.trafficPercent = 100),
    refused: { "traffic-fits-stage": "is in canary with 100 % of the requests; it must be at most 20 %" },
  },
  {
    title: "users in staging",
    stage: "staging",
    manifest: (m) => (m.trafficPercent = 1),
    refused: { "traffic-fits-stage": "is in staging with 1 % of the requests; it must be 0 %" },
  },
];
const SIGNED: readonly Case[] = [
  {
    title: "edited after signing",
    token: (token) => edited(token, (e) => (e.metrics[0].value = 2)),
    refused: { "evidence-is-signed": "was changed after key ci signed it" },
  },
  {
    title: "signed with a key that nobody knows",
    signer: "another key",
    refused: { "evidence-is-signed": 'is signed with key "stranger", which is none of the configured ones (ci)' },
  },
  {
    title: "signed with another key of the same name",
    signer: "another key of the same name",
    refused: { "evidence-is-signed": "or another key of that name did" },
  },
  {
    title: "not signed, and saying so",
    token: (token) => withHeader(token, { alg: "none" }),
    refused: { "evidence-is-signed": 'says alg "none"; only EdDSA counts' },
  },
  {
    title: "signed by the key as something else",
    token: (token) => withHeader(token, { typ: "JWT" }),
    refused: { "evidence-is-signed": 'says typ "JWT"' },
  },
  {
    title: "without a signature",
    token: (token) => token.slice(0, token.lastIndexOf(".") + 1),
    refused: { "evidence-is-signed": "has evidence that" },
  },
  {
    title: "no key in the environment",
    settings: { "evidence-is-signed": {} },
    refused: { "evidence-is-signed": "no key is configured" },
  },
  {
    title: "a private key in the environment",
    settings: {
      "evidence-is-signed": { keys: [{ kid: "ci", kty: "OKP", crv: "Ed25519", x: "A".repeat(43), d: "secret" }] },
    },
    refused: { "evidence-is-signed": "settings are wrong" },
  },
  {
    title: "evidence of another version of the model",
    evidence: (e) => (e.subject.modelVersion = "6"),
    refused: { "evidence-is-signed": "is bt_xs_bilstm_v1 7; its evidence is about bt_xs_bilstm_v1 6" },
  },
  {
    title: "evidence of a version that nobody here can read",
    evidence: (e) => (e.version = 2),
    refused: { "evidence-is-signed": "evidence version: it must be 1" },
  },
  {
    title: "a field that the version does not know",
    evidence: (e) => (e.waivers = ["drawdown"]),
    refused: { "evidence-is-signed": "with a field waivers that its version does not know" },
  },
];
const APPROVED: readonly Case[] = [
  {
    title: "no approval",
    evidence: (e) => (e.approvals = []),
    refused: { "prod-is-approved": "has 0 of 1 approvals for prod" },
  },
  {
    title: "approval by the submitter",
    evidence: (e) => (e.approvals[0].by = "ada@example.com"),
    refused: { "prod-is-approved": "ada@example.com submitted a run of it" },
  },
  {
    title: "approval by the submitter, in other letters",
    evidence: (e) => (e.approvals[0].by = " Ada@Example.com "),
    refused: { "prod-is-approved": "submitted a run of it" },
  },
  {
    title: "approval by who submitted the second run",
    evidence: (e) => (e.runs[1].submittedBy = "grace@example.com"),
    refused: { "prod-is-approved": "grace@example.com submitted a run of it" },
  },
  {
    title: "approval for canary only",
    evidence: (e) => (e.approvals[0].stage = "canary"),
    refused: { "prod-is-approved": "has 0 of 1 approvals for prod" },
  },
  {
    title: "approval before canary had ended",
    evidence: (e) => (e.approvals[0].at = "2026-11-13T00:00:00Z"),
    refused: { "prod-is-approved": "before its stay in canary had ended" },
  },
  {
    title: "approval after the evidence was issued",
    evidence: (e) => (e.approvals[0].at = "2026-11-21T00:00:00Z"),
    refused: { "prod-is-approved": "after the evidence was issued" },
  },
  {
    title: "two approvals by one person where two are asked for",
    settings: { "prod-is-approved": { minApprovals: 2 } },
    evidence: (e) => e.approvals.push({ ...e.approvals[0], by: "GRACE@example.com" }),
    refused: { "prod-is-approved": "has 1 of 2 approvals for prod" },
  },
  {
    title: "approval by somebody who may not",
    settings: { "prod-is-approved": { approvers: ["joan@example.com"] } },
    refused: { "prod-is-approved": "grace@example.com is none of the approvers" },
  },
];

/** How a release came to its stage: the stages before, who signed, who approved. */
export const PATH: readonly Case[] = [...STAGED, ...SIGNED, ...APPROVED];
