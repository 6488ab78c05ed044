import { CompactSign } from "jose";
import type { Evidence } from "../../../submission/spec/release/index.ts";
import { digest, type Signer } from "./release-fixture.ts";
import type { Case, Loose } from "./release-matrix.ts";

/**
 * Releases whose text, numbers, names or times one reader could take for something else than the next: what one gate refuses, every
 * gate must.
 */

const EVIDENCE_READERS = [
  "evidence-is-signed",
  "artifact-is-the-proven",
  "card-is-complete",
  "metrics-meet-thresholds",
  "drawdown-within-bounds",
  "runs-are-reproducible",
  "no-stage-skipped",
  "canary-was-long-enough",
  "prod-is-approved",
];
const MANIFEST_READERS = [
  "serving-has-release",
  "evidence-is-signed",
  "artifact-is-the-proven",
  "no-stage-skipped",
  "canary-was-long-enough",
  "prod-is-approved",
  "traffic-fits-stage",
];
const STAY_READERS = ["no-stage-skipped", "canary-was-long-enough", "prod-is-approved"];
const RUN_READERS = ["artifact-is-the-proven", "runs-are-reproducible", "prod-is-approved"];
const all = (rules: readonly string[], part: string) => Object.fromEntries(rules.map((rule) => [rule, part]));

/** Signed by the right key, whatever the text. */
const signedText =
  (text: (written: string) => string, header: object = {}) =>
  (evidence: Loose<Evidence>, signer: Signer): Promise<string> =>
    new CompactSign(new TextEncoder().encode(text(JSON.stringify(evidence))))
      .setProtectedHeader({ alg: "EdDSA", typ: "orch-evidence", kid: signer.kid, ...header })
      .sign(signer.privateKey);
const withDrawdown = (written: string) => signedText((text) => text.replace('"max":0.18', `"max":${written}`));
const annotate = (name: string, change: (text: string) => string) => (resource: Loose<unknown>) => {
  const { annotations } = resource.props.metadata;
  annotations[`orch.dev/${name}`] = change(annotations[`orch.dev/${name}`]);
};
const pod = (resource: Loose<unknown>, group: "head" | "worker") => {
  const { headGroupSpec, workerGroupSpecs } = resource.props.spec.rayClusterConfig;
  return (group === "head" ? headGroupSpec : workerGroupSpecs[0]).template.spec;
};
const serveConfig = (change: (text: string) => string) => (resource: Loose<unknown>) => {
  resource.props.spec.serveConfigV2 = change(resource.props.spec.serveConfigV2);
};

const UNREADABLE = all(EVIDENCE_READERS, "has evidence that cannot be read");
const TEXTS: readonly Case[] = [
  { title: "a drawdown given twice in one object", signed: withDrawdown('0.9,"max":0.1'), refused: UNREADABLE },
  { title: "a drawdown beyond any double", signed: withDrawdown("1e999"), refused: UNREADABLE },
  {
    title: "a drawdown whose exponent would keep a big number busy",
    signed: withDrawdown("1e999999999"),
    refused: UNREADABLE,
  },
  {
    title: "a drawdown with more digits than a double has",
    signed: withDrawdown("0.20000000000000001"),
    refused: UNREADABLE,
  },
  { title: "a drawdown of minus nothing", signed: withDrawdown("-0"), refused: UNREADABLE },
  { title: "a drawdown with a digit too many", signed: withDrawdown("0.180"), refused: UNREADABLE },
  { title: "a drawdown in another way of writing", signed: withDrawdown("18e-2"), refused: UNREADABLE },
  { title: "evidence with spaces between", signed: signedText((text) => text.replace(":", ": ")), refused: UNREADABLE },
  {
    title: "evidence with an escape where none is needed",
    signed: signedText((text) => text.replace("bt_xs", "bt\\u005fxs")),
    refused: UNREADABLE,
  },
  { title: "evidence that is a list", signed: signedText(() => "[1]"), refused: UNREADABLE },
  { title: "evidence that is no JSON", signed: signedText(() => "sharpe: 1.4"), refused: UNREADABLE },
  {
    title: "evidence that is nothing",
    token: () => "",
    refused: { ...UNREADABLE, "evidence-is-signed": "is not a compact JWS" },
  },
  {
    title: "evidence that is three letters",
    token: () => "a.b.c",
    refused: { ...UNREADABLE, "evidence-is-signed": "is not a compact JWS" },
  },
  {
    title: "a number so large that doubles pass some over",
    evidence: (e) => e.metrics.push({ ...e.metrics[0], name: "aum", value: 1e300 }),
    refused: UNREADABLE,
  },
  {
    title: "a number so small that little is left of it",
    evidence: (e) => e.metrics.push({ ...e.metrics[0], name: "alpha", value: 5e-324 }),
    refused: UNREADABLE,
  },
  { title: "half of a character in the card", evidence: (e) => (e.card.risks += "\ud800"), refused: UNREADABLE },
  {
    title: "no evidence at all",
    resource: (r) => delete r.props.metadata.annotations["orch.dev/evidence"],
    refused: all(EVIDENCE_READERS, "has no evidence"),
  },
  {
    title: "small numbers, in every way of writing them",
    evidence: (e) => {
      const values = [
        0.001,
        0.00012345678901234567,
        0.00001,
        -0.0000012,
        1e-7,
        1.5e-9,
        -2.25e-300,
        0.1 + 0.2,
        123456789.125,
      ];
      for (const value of values) e.metrics.push({ ...e.metrics[0], name: `of ${value}`, value });
    },
    refused: {},
  },
  {
    title: "a card of many scripts, marks and control characters",
    evidence: (e) => {
      e.card.risks = "<b>模型</b> & 'ρίσκο' \u2028\u2029\u0001\b\f\n\t\u007f \\ \"/ 🎲 ".repeat(3);
      e.card["1"] = "a section whose name is a number";
      e.card.constructor = "a section whose name is a property of every object";
    },
    refused: {},
  },
];

const TOKENS: readonly Case[] = [
  {
    title: "a token with a fourth part",
    token: (token) => `${token}.AAAA`,
    refused: { "evidence-is-signed": "is not a compact JWS" },
  },
  {
    title: "a signature with characters that a decoder passes over",
    token: (token) => `${token}=`,
    refused: { "evidence-is-signed": "has evidence that" },
  },
  {
    title: "a payload with characters that a decoder passes over",
    token: (token) => token.replace(/\.(.)/, ".$1~"),
    refused: { ...UNREADABLE, "evidence-is-signed": "is not a compact JWS" },
  },
  {
    title: "a header that says what else must be understood",
    signed: signedText((text) => text, { jku: "https://elsewhere/keys" }),
    refused: { "evidence-is-signed": "has a header with jku; only alg, typ, kid belong there" },
  },
  {
    title: "a header without the name of the key",
    signed: signedText((text) => text, { kid: undefined }),
    refused: { "evidence-is-signed": "is signed with key null" },
  },
];

const NAMES: readonly Case[] = [
  {
    title: "approval by a look-alike of a colleague, in Cyrillic",
    evidence: (e) => (e.approvals[0].by = "gr\u0430ce@example.com"),
    refused: { "prod-is-approved": "evidence approvals.0.by: it must be an account's name in ASCII" },
  },
  {
    title: "approval by the submitter, in full-width letters",
    evidence: (e) => (e.approvals[0].by = "ａｄａ@example.com"),
    refused: { "prod-is-approved": "must be an account's name in ASCII" },
  },
  {
    title: "approval by nobody",
    evidence: (e) => (e.approvals[0].by = "   "),
    refused: { "prod-is-approved": "must be an account's name in ASCII" },
  },
  {
    title: "a run whose id is another in invisible characters only",
    evidence: (e) => (e.runs[1].submissionId = "sub-1\u200b"),
    refused: all(RUN_READERS, "must be the id of a submission, in ASCII"),
  },
  {
    title: "a metric whose name looks like the one asked for",
    evidence: (e) => (e.metrics[0].name = "\u0455harpe"),
    refused: { "metrics-meet-thresholds": "has no metric sharpe" },
  },
  {
    title: "an artifact whose path has a space that is none",
    manifest: (m) => (m.artifact.uri = "s3://artifacts/models/7\u00a0/model.bin"),
    refused: all(MANIFEST_READERS, "artifact.uri: it must be s3://bucket/path"),
  },
  {
    title: "a section that every object has",
    settings: { "card-is-complete": { moreSections: ["toString"] } },
    refused: { "card-is-complete": "without section toString" },
  },
  {
    title: "a section that is a placeholder in many words",
    evidence: (e) => (e.card.evaluation = " Lorem ipsum dolor sit amet,\nconsectetur adipiscing elit. "),
    refused: { "card-is-complete": "section evaluation is a placeholder" },
  },
  {
    title: "sections exactly long enough, in letters beyond the first plane",
    evidence: (e) => (e.card.risks = "\u{1D49C}".repeat(20)),
    refused: {},
  },
];

const TIMES: readonly Case[] = [
  {
    title: "an approval older than any memory of it",
    evidence: (e) => (e.approvals[0].at = "2026-10-01T00:00:00Z"),
    refused: { "prod-is-approved": "more than 30 days before the evidence was issued" },
  },
  {
    title: "an approval as old as the environment bears",
    settings: { "prod-is-approved": { maxAgeDays: 0.125 } },
    refused: {},
  },
  {
    title: "a run that finished after the evidence was issued",
    evidence: (e) => (e.runs[1].finishedAt = "2026-11-20T12:00:00.001Z"),
    refused: { "runs-are-reproducible": "finished at 2026-11-20T12:00:00.001Z, after the evidence was issued" },
  },
  {
    title: "a canary that lasts to the end of all calendars",
    evidence: (e) => (e.stays[1].to = "9999-12-31T23:59:59Z"),
    refused: {
      "canary-was-long-enough": "ends at 9999-12-31T23:59:59Z, after the evidence was issued",
      "prod-is-approved": "before its stay in canary had ended",
    },
  },
  {
    title: "a canary since the beginning of all calendars",
    evidence: (e) => (e.stays[1].from = "0001-01-01T00:00:00Z"),
    refused: { "no-stage-skipped": "was in canary before it was in staging" },
  },
  {
    title: "a canary a thousandth of a second too short",
    evidence: (e) => (e.stays[1].to = "2026-11-14T23:59:59.9999Z"),
    refused: { "canary-was-long-enough": "was in canary for 71.9 hours" },
  },
  {
    title: "a canary over a leap day",
    evidence: (e) => {
      Object.assign(e.stays[1], { from: "2028-02-28T12:00:00Z", to: "2028-03-02T12:00:00Z" });
      e.approvals[0].at = "2028-03-02T12:00:00Z";
      e.issuedAt = "2028-03-03T00:00:00Z";
    },
    refused: {},
  },
  {
    title: "a canary over a leap day that never was",
    evidence: (e) => {
      Object.assign(e.stays[1], { from: "2100-02-27T12:00:00Z", to: "2100-03-02T11:00:00Z" });
      e.approvals[0].at = "2100-03-02T12:00:00Z";
      e.issuedAt = "2100-03-03T00:00:00Z";
    },
    refused: { "canary-was-long-enough": "was in canary for 71 hours" },
  },
  {
    title: "a stay in a zone of its own",
    evidence: (e) => (e.stays[1].to = "2026-11-19T00:00:00+01:00"),
    refused: all(STAY_READERS, "stays.1.to: it must be a time in UTC"),
  },
  {
    title: "a day that does not exist",
    evidence: (e) => (e.stays[1].from = "2026-02-30T00:00:00Z"),
    refused: all(STAY_READERS, "stays.1.from: it must be a time in UTC"),
  },
  {
    title: "two stays in canary to choose from",
    evidence: (e) => e.stays.push({ ...e.stays[1], requests: 1 }),
    refused: { "canary-was-long-enough": "has 2 stays of bt-xs-7-canary in canary" },
  },
  {
    title: "half a request",
    evidence: (e) => (e.stays[1].requests = 100_000.5),
    refused: all(STAY_READERS, "stays.1.requests: it must be a whole number"),
  },
];

const MANIFESTS: readonly Case[] = [
  {
    title: "a manifest that is no JSON",
    resource: annotate("release", () => "prod"),
    refused: all(MANIFEST_READERS, "has an annotation orch.dev/release that is not JSON"),
  },
  {
    title: "a manifest with its stage twice",
    resource: annotate("release", (text) => text.replace('"stage"', '"stage":"staging","stage"')),
    refused: all(MANIFEST_READERS, "that is not JSON, written plainly"),
  },
  {
    title: "a manifest that is a list",
    resource: annotate("release", (text) => `[${text}]`),
    refused: all(MANIFEST_READERS, "has a mistake in its annotation orch.dev/release"),
  },
  {
    title: "a manifest with a field of its own",
    manifest: (m) => (m.waiver = true),
    refused: all(MANIFEST_READERS, "it has no field waiver"),
  },
  {
    title: "a manifest without its model",
    manifest: (m) => delete m.model,
    refused: all(MANIFEST_READERS, "annotation orch.dev/release.model"),
  },
  {
    title: "a share in quotes",
    manifest: (m) => (m.trafficPercent = "100"),
    refused: all(MANIFEST_READERS, "trafficPercent: it must be a number from 0 to 100"),
  },
  {
    title: "a share above all",
    manifest: (m) => (m.trafficPercent = 100.5),
    refused: all(MANIFEST_READERS, "trafficPercent: it must not be above 100"),
  },
  {
    title: "another name than its RayService has",
    resource: (r) => (r.props.metadata.name = "bt-xs-7-prod2"),
    refused: { "serving-has-release": "a release and its RayService have one name" },
  },
  {
    title: "a name that the server is to make up",
    resource: (r) => {
      delete r.props.metadata.name;
      r.props.metadata.generateName = "bt-xs-7-prod";
    },
    refused: { "serving-has-release": "a release and its RayService have one name" },
  },
  {
    title: "a predecessor before the first stage",
    stage: "staging",
    manifest: (m) => (m.predecessor = { release: "bt-xs-6-prod", stage: "prod" }),
    refused: { "no-stage-skipped": "is in staging, the first stage, and names a predecessor" },
  },
  {
    title: "an image by a tag",
    manifest: (m) => (m.image = "ghcr.io/archetype/serving:7"),
    refused: all(MANIFEST_READERS, "image: it must be registry/name@sha256:digest"),
  },
  {
    title: "a canary that nobody asks",
    stage: "canary",
    manifest: (m) => (m.trafficPercent = 0),
    refused: { "traffic-fits-stage": "is in canary with 0 % of the requests" },
  },
];

const SERVED: readonly Case[] = [
  {
    title: "nothing that would serve it",
    resource: (r) => {
      r.props.spec.rayClusterConfig = {};
    },
    refused: { "artifact-is-the-proven": "has no container that would serve it" },
  },
  {
    title: "another image that runs before the worker",
    resource: (r) => (pod(r, "worker").initContainers = [{ name: "patch", image: "ghcr.io/elsewhere/patch:1" }]),
    refused: { "artifact-is-the-proven": "would run image ghcr.io/elsewhere/patch:1" },
  },
  {
    title: "another image that runs beside the head",
    resource: (r) => (r.props.spec.rayClusterConfig.autoscalerOptions.image = "ghcr.io/elsewhere/ray:1"),
    refused: { "artifact-is-the-proven": "would run image ghcr.io/elsewhere/ray:1" },
  },
  {
    title: "an artifact that the head is told by somebody else",
    resource: (r) => {
      for (const variable of pod(r, "head").containers[0].env) {
        if (variable.name !== "ORCH_MODEL_SHA256") continue;
        delete variable.value;
        variable.valueFrom = { configMapKeyRef: { name: "models", key: "sha256" } };
      }
    },
    refused: { "artifact-is-the-proven": "would serve ORCH_MODEL_SHA256 from elsewhere" },
  },
  {
    title: "no word to the worker of which artifact it is",
    resource: (r) => (pod(r, "worker").containers[0].env = []),
    refused: { "artifact-is-the-proven": "ORCH_MODEL_URI is not set" },
  },
  {
    title: "a configuration of what is served that is no YAML",
    resource: serveConfig((text) => `${text}\n - [`),
    refused: { "artifact-is-the-proven": "has a serveConfigV2 that is no YAML" },
  },
  {
    title: "a second configuration behind the first",
    resource: serveConfig((text) => `${text}---\nruntime_env: {}\n`),
    refused: { "artifact-is-the-proven": "has a serveConfigV2 that is no YAML" },
  },
  {
    title: "code that is loaded, under a key written in escapes",
    resource: serveConfig((text) => `${text}more: [{"runtime\\x5fenv": {working_dir: 's3://elsewhere'}}]\n`),
    refused: { "artifact-is-the-proven": "has a runtime_env in serveConfigV2" },
  },
  {
    title: "three runs asked for and two given",
    settings: { "runs-are-reproducible": { minRuns: 3 } },
    refused: { "runs-are-reproducible": "has 2 independent runs as its proof, and needs 3" },
  },
  {
    title: "a metric of many digits, just below its threshold",
    evidence: (e) => (e.metrics[0].value = 1234567.125),
    settings: { "metrics-meet-thresholds": { thresholds: { sharpe: { min: 1234567.25 } } } },
    refused: { "metrics-meet-thresholds": "has metric sharpe 1234567.125 on iceberg://lake/backtests" },
  },
  {
    title: "a metric outside of bounds that leave nothing between",
    settings: { "metrics-meet-thresholds": { thresholds: { sharpe: { min: 2, max: 1 } } } },
    refused: { "metrics-meet-thresholds": "it must be at least 2" },
  },
  {
    title: "a stay of another artifact in canary only",
    evidence: (e) => (e.stays[1].artifactSha256 = digest("e")),
    refused: {
      "no-stage-skipped": "has no stay in canary with artifact",
      "canary-was-long-enough": "has no stay of its predecessor in canary",
    },
  },
];

export const HOSTILE: readonly Case[] = [...TEXTS, ...TOKENS, ...NAMES, ...TIMES, ...MANIFESTS, ...SERVED];
