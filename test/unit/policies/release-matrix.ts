import type { Resource } from "../../../policies/verdict/resource.ts";
import type { Evidence, ReleaseManifest, Stage } from "../../../submission/spec/release/index.ts";
import { HOSTILE } from "./hostile-releases.ts";
import { digest, type Signer } from "./release-fixture.ts";

/** Releases, good and bad, and what is to be said of each. Data only: every gate, in whatever language, must agree with it. */
export interface Case {
  readonly title: string;
  /** Default: `prod`, which has to pass all gates. */
  readonly stage?: Stage;
  /** Before it is signed. */
  readonly evidence?: (evidence: Loose<Evidence>) => void;
  readonly manifest?: (manifest: Loose<ReleaseManifest>) => void;
  /** After it is signed. */
  readonly token?: (token: string) => string;
  readonly resource?: (resource: Loose<Resource>) => void;
  /** Signs it in a way of its own. */
  readonly signed?: (evidence: Loose<Evidence>, signer: Signer) => Promise<string>;
  /** Who signs. Default: the key of the environment. */
  readonly signer?: "another key" | "another key of the same name";
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Rule -> part of its message, for every rule that refuses; nothing: it is let through. */
  readonly refused: Readonly<Record<string, string>>;
}

/** As a JSON file may be, whatever its schema says. */
// biome-ignore lint/suspicious/noExplicitAny: what is tested is what has the wrong type
export type Loose<_> = any;

const LETTERS = "abcdefghijklmnopqrst";
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
const worker = (resource: Loose<Resource>) =>
  resource.props.spec.rayClusterConfig.workerGroupSpecs[0].template.spec.containers[0];

const GOOD: readonly Case[] = [
  { title: "everything in order, in staging", stage: "staging", refused: {} },
  { title: "everything in order, in canary", stage: "canary", refused: {} },
  { title: "everything in order, in prod", refused: {} },
  {
    title: "a metric exactly at its threshold",
    evidence: (e) => (e.metrics[0].value = 1),
    refused: {},
  },
  { title: "a drawdown exactly at its bound", evidence: (e) => (e.drawdown.max = 0.2), refused: {} },
  { title: "no drawdown at all", evidence: (e) => (e.drawdown.max = 0), refused: {} },
  {
    title: "a canary exactly long enough, with exactly enough requests",
    evidence: (e) => Object.assign(e.stays[1], { to: "2026-11-15T00:00:00Z", requests: 100_000 }),
    refused: {},
  },
  {
    title: "a third run that agrees",
    evidence: (e) => e.runs.push({ ...e.runs[0], submissionId: "sub-3" }),
    refused: {},
  },
  {
    title: "a metric nobody asked for, far below anything",
    evidence: (e) => e.metrics.push({ ...e.metrics[0], name: "beta", value: -9 }),
    refused: {},
  },
  {
    title: "no approval, in canary",
    stage: "canary",
    evidence: (e) => (e.approvals = []),
    refused: {},
  },
  {
    title: "no stay in canary yet, in canary",
    stage: "canary",
    evidence: (e) => e.stays.pop(),
    refused: {},
  },
  {
    title: "approvals of the submitter and of a colleague",
    evidence: (e) => e.approvals.push({ ...e.approvals[0], by: "ada@example.com" }),
    refused: {},
  },
];

const CARD: readonly Case[] = [
  {
    title: "no model card",
    evidence: (e) => delete e.card,
    refused: { "card-is-complete": "has evidence without card" },
  },
  {
    title: "an empty model card",
    evidence: (e) => (e.card = {}),
    refused: { "card-is-complete": "has a model card without section intended_use" },
  },
  {
    title: "a section that is empty",
    evidence: (e) => (e.card.risks = " \n\t "),
    refused: { "card-is-complete": "section risks is empty" },
  },
  {
    title: "a section of invisible characters",
    evidence: (e) => (e.card.risks = "\u200b\u2060\u00a0".repeat(30)),
    refused: { "card-is-complete": "section risks is empty" },
  },
  {
    title: "a section that is a placeholder",
    evidence: (e) => (e.card.limitations = "**TBD**"),
    refused: { "card-is-complete": "section limitations is a placeholder" },
  },
  {
    title: "a section that says next to nothing",
    evidence: (e) => (e.card.evaluation = "good model"),
    refused: { "card-is-complete": "section evaluation has 9 letters" },
  },
  {
    title: "a section that is no text",
    evidence: (e) => (e.card.risks = { text: LETTERS }),
    refused: { "card-is-complete": "evidence card.risks: it must be a text" },
  },
  {
    title: "a card that lacks what the environment asks for besides",
    settings: { "card-is-complete": { moreSections: ["fairness"] } },
    refused: { "card-is-complete": "without section fairness" },
  },
];

const METRICS: readonly Case[] = [
  {
    title: "a metric that is missing",
    evidence: (e) => e.metrics.pop(),
    refused: { "metrics-meet-thresholds": "has no metric hit_rate" },
  },
  {
    title: "no metrics",
    evidence: (e) => delete e.metrics,
    refused: { "metrics-meet-thresholds": "has evidence without metrics" },
  },
  {
    title: "a metric that is NaN, which JSON writes as null",
    evidence: (e) => (e.metrics[0].value = Number.NaN),
    refused: { "metrics-meet-thresholds": "evidence metrics.sharpe.value: it must be a finite number" },
  },
  {
    title: 'a metric that is the text "NaN"',
    evidence: (e) => (e.metrics[0].value = "NaN"),
    refused: { "metrics-meet-thresholds": "metrics.sharpe.value: it must be a finite number" },
  },
  {
    title: "a metric that is a number in quotes",
    evidence: (e) => (e.metrics[0].value = "1.4"),
    refused: { "metrics-meet-thresholds": "metrics.sharpe.value: it must be a finite number" },
  },
  {
    title: "a metric just below its threshold",
    evidence: (e) => (e.metrics[0].value = 0.9999999999),
    refused: { "metrics-meet-thresholds": "metric sharpe 0.9999999999 on iceberg://lake/backtests at 8124091337" },
  },
  {
    title: "a metric above its largest value",
    settings: { "metrics-meet-thresholds": { thresholds: { sharpe: { max: 1.3 } } } },
    refused: { "metrics-meet-thresholds": "it must be at most 1.3" },
  },
  {
    title: "a metric given twice, once good",
    evidence: (e) => e.metrics.push({ ...e.metrics[0], value: 0.1 }),
    refused: { "metrics-meet-thresholds": "has metric sharpe 2 times" },
  },
  {
    title: "a metric of no known version of the data",
    evidence: (e) => (e.metrics[0].data.version = ""),
    refused: { "metrics-meet-thresholds": "metrics.sharpe.data.version: it must be the version of the data" },
  },
  {
    title: "thresholds that nobody has set",
    settings: { "metrics-meet-thresholds": {} },
    refused: { "metrics-meet-thresholds": "no threshold is configured" },
  },
  {
    title: "a threshold that says neither min nor max",
    settings: { "metrics-meet-thresholds": { thresholds: { sharpe: {} } } },
    refused: { "metrics-meet-thresholds": "settings are wrong: thresholds.sharpe must have min, max or both" },
  },
];

const DRAWDOWN: readonly Case[] = [
  {
    title: "a drawdown beyond its bound",
    evidence: (e) => (e.drawdown.max = 0.21),
    refused: { "drawdown-within-bounds": "has a drawdown of 0.21" },
  },
  {
    title: "a drawdown with its sign turned round",
    evidence: (e) => (e.drawdown.max = -0.45),
    refused: { "drawdown-within-bounds": "it must not be negative: a loss of 18 % is 0.18" },
  },
  {
    title: "a drawdown in per cent",
    evidence: (e) => (e.drawdown.max = 18),
    refused: { "drawdown-within-bounds": "it must not be above 1: a loss of 18 % is 0.18" },
  },
  {
    title: "no drawdown",
    evidence: (e) => delete e.drawdown,
    refused: { "drawdown-within-bounds": "has evidence without drawdown" },
  },
];

const PROOF: readonly Case[] = [
  {
    title: "the same run twice as its proof",
    evidence: (e) => (e.runs[1].submissionId = "sub-1"),
    refused: { "runs-are-reproducible": "has run sub-1 more than once" },
  },
  {
    title: "the same run twice, in other letters",
    evidence: (e) => (e.runs[1].submissionId = " SUB-1"),
    refused: { "runs-are-reproducible": "has run sub-1 more than once" },
  },
  {
    title: "one run",
    evidence: (e) => e.runs.pop(),
    refused: { "runs-are-reproducible": "has 1 independent run as its proof, and needs 2" },
  },
  {
    title: "a rerun of the first as the second",
    evidence: (e) => (e.runs[1].rerunOf = "sub-1"),
    refused: { "runs-are-reproducible": "a rerun of another one is not independent" },
  },
  {
    title: "runs of two recipes",
    evidence: (e) => (e.runs[1].recipeDigest = digest("d")),
    refused: { "runs-are-reproducible": "has runs of 2 different recipes" },
  },
  {
    title: "runs that gave two artifacts",
    evidence: (e) => (e.runs[1].artifactSha256 = digest("d")),
    refused: {
      "runs-are-reproducible": "has runs that gave 2 different artifacts",
      "artifact-is-the-proven": `run sub-2 of its proof gave ${digest("d")}`,
    },
  },
];

const ARTIFACTS: readonly Case[] = [
  {
    title: "the digest of another artifact",
    stage: "staging",
    manifest: (m) => (m.artifact.sha256 = digest("e")),
    refused: { "artifact-is-the-proven": `has artifact ${digest("e")}; its evidence is about ${digest("a")}` },
  },
  {
    title: "evidence of another artifact than its runs gave",
    evidence: (e) => (e.subject.artifact.sha256 = digest("e")),
    refused: { "artifact-is-the-proven": `its evidence is about ${digest("e")}` },
  },
  {
    title: "the artifact from another place",
    manifest: (m) => (m.artifact.uri = "s3://elsewhere/model.bin"),
    refused: { "artifact-is-the-proven": "has artifact URI s3://elsewhere/model.bin" },
  },
  {
    title: "another image than the evidence is about",
    manifest: (m) => (m.image = `ghcr.io/archetype/serving@${digest("e")}`),
    refused: { "artifact-is-the-proven": `its evidence is about ghcr.io/archetype/serving@${digest("b")}` },
  },
  {
    title: "an image that a worker runs and the release does not name",
    resource: (r) => (worker(r).image = "ghcr.io/archetype/serving:latest"),
    refused: { "artifact-is-the-proven": "would run image ghcr.io/archetype/serving:latest" },
  },
  {
    title: "another artifact told to the code, by a second variable of the name",
    resource: (r) => worker(r).env.push({ name: "ORCH_MODEL_URI", value: "s3://elsewhere/model.bin" }),
    refused: { "artifact-is-the-proven": "would serve ORCH_MODEL_URI s3://elsewhere/model.bin" },
  },
  {
    title: "code that is loaded when serving begins",
    resource: (r) =>
      (r.props.spec.serveConfigV2 = r.props.spec.serveConfigV2.replace(
        "    import_path:",
        "    runtime_env: {working_dir: 's3://elsewhere/code.zip'}\n    import_path:",
      )),
    refused: { "artifact-is-the-proven": "has a runtime_env in serveConfigV2" },
  },
];

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

export const MATRIX: readonly Case[] = [
  ...GOOD,
  ...CARD,
  ...METRICS,
  ...DRAWDOWN,
  ...PROOF,
  ...ARTIFACTS,
  ...STAGED,
  ...SIGNED,
  ...APPROVED,
  ...HOSTILE,
];
