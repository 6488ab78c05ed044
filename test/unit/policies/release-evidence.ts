import type { Resource } from "../../../policies/verdict/resource.ts";
import type { Case, Loose } from "./release-case.ts";
import { digest } from "./release-fixture.ts";

const LETTERS = "abcdefghijklmnopqrst";
const worker = (resource: Loose<Resource>) =>
  resource.props.spec.rayClusterConfig.workerGroupSpecs[0].template.spec.containers[0];
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

/** What the evidence of a model says: its card, its metrics, its proof. */
export const EVIDENCE: readonly Case[] = [...CARD, ...METRICS, ...DRAWDOWN, ...PROOF, ...ARTIFACTS];
