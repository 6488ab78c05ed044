import { all, type Case, type Loose } from "./release-case.ts";
import { digest } from "./release-fixture.ts";

const MANIFEST_READERS = [
  "serving-has-release",
  "evidence-is-signed",
  "artifact-is-the-proven",
  "no-stage-skipped",
  "canary-was-long-enough",
  "prod-is-approved",
  "traffic-fits-stage",
];
const RUN_READERS = ["artifact-is-the-proven", "runs-are-reproducible", "prod-is-approved"];
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

/** Names, manifests and what serves them, which one reader could take for something else than the next. */
export const HOSTILE_SERVING: readonly Case[] = [...NAMES, ...MANIFESTS, ...SERVED];
