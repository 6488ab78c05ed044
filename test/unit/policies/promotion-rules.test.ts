import { beforeAll, describe, expect, test } from "vitest";
import * as rules from "../../../policies/promotion/rules/index.ts";
import { judge } from "../../../policies/verdict/judge.ts";
import { UNKNOWN } from "../../../policies/verdict/known.ts";
import { toPolicy } from "../../../policies/verdict/pack.ts";
import type { Resource } from "../../../policies/verdict/resource.ts";
import { EVIDENCE_ANNOTATION, RELEASE_ANNOTATION } from "../../../submission/spec/release/index.ts";
import {
  judgeAll,
  newSigner,
  rightEvidence,
  rightManifest,
  served,
  settingsWith,
  signedAs,
} from "./release-fixture.ts";

const ALL = Object.values(rules);
let release: Resource;
let settings: Record<string, unknown>;
beforeAll(async () => {
  const signer = await newSigner();
  settings = settingsWith(signer);
  release = served(rightManifest("prod"), await signedAs(signer, rightEvidence()));
});

const withMetadata = (change: Record<string, unknown>): Resource => ({
  ...release,
  props: { ...release.props, metadata: { ...(release.props.metadata as object), ...change } },
});
const annotated = (change: Record<string, unknown>): Resource => {
  const { annotations } = release.props.metadata as { annotations: object };
  return withMetadata({ annotations: { ...annotations, ...change } });
};
const resource = (type: string, metadata: Record<string, unknown>, props: Record<string, unknown> = {}): Resource => ({
  type,
  name: "thing",
  props: { metadata, ...props },
});
const found = async (rule: (typeof ALL)[number], one: Resource) => judge(rule, one, settings[rule.name] ?? {});

describe.each(ALL)("$name", (rule) => {
  test("passes a release that is right", async () => {
    expect(await found(rule, release)).toEqual([]);
  });

  test.each<[string, Resource]>([
    ["a namespace", resource("kubernetes:core/v1:Namespace", { name: "serving" })],
    ["a deployment elsewhere", resource("kubernetes:apps/v1:Deployment", { name: "api", namespace: "orchestr" })],
    ["a resource without metadata", { type: "aws:s3/bucket:Bucket", name: "b", props: {} }],
  ])("has nothing to say about %s", async (_, other) => {
    expect(await found(rule, other)).toEqual([]);
  });

  test("never passes a release whose manifest is not known yet, unless it does not read it", async () => {
    const findings = await found(rule, annotated({ [RELEASE_ANNOTATION]: UNKNOWN }));
    const readsEvidenceOnly = [
      rules.cardIsComplete,
      rules.metricsMeetThresholds,
      rules.drawdownWithinBounds,
      rules.runsAreReproducible,
    ];
    expect(findings.map(({ verdict }) => verdict)).toEqual(readsEvidenceOnly.includes(rule) ? [] : ["undecided"]);
  });

  test("never passes a release whose evidence is not known yet, unless it does not read it", async () => {
    const findings = await found(rule, annotated({ [EVIDENCE_ANNOTATION]: UNKNOWN }));
    const readsManifestOnly = [rules.servingHasRelease, rules.trafficFitsStage];
    expect(findings.map(({ verdict }) => verdict)).toEqual(readsManifestOnly.includes(rule) ? [] : ["undecided"]);
  });

  test("never passes what is not known at all", async () => {
    for (const one of [withMetadata({ annotations: UNKNOWN }), { ...release, props: { metadata: UNKNOWN } }]) {
      const [finding, ...more] = await found(rule, one);
      expect(more).toEqual([]);
      expect(finding?.verdict).toBe("undecided");
      expect(finding?.message).toMatch(/cannot be decided by .*is not known before the update/);
    }
  });

  test("says why and how to mend it, and takes settings that a schema describes", () => {
    expect([rule.description, rule.why, rule.fix].every((text) => text.length > 30 && text.endsWith("."))).toBe(true);
    const { configSchema, enforcementLevel, name } = toPolicy(rule);
    expect(Object.keys(configSchema?.properties ?? {})).toEqual(Object.keys(rule.settings.shape));
    expect({ enforcementLevel, name }).toEqual({ enforcementLevel: "mandatory", name: rule.name });
  });
});

describe("the pack", () => {
  test("has rules of different names and passes a stack without resources", async () => {
    expect(new Set(ALL.map(({ name }) => name)).size).toBe(ALL.length);
    expect(await judgeAll({ type: "pulumi:pulumi:Stack", name: "prod", props: {} }, settings)).toEqual(new Map());
  });
});

describe("serving-has-release", () => {
  const messages = async (one: Resource, given: object = {}) =>
    (await judge(rules.servingHasRelease, one, given)).map(({ verdict, message }) => `${verdict}: ${message}`);

  test.each([
    ["kubernetes:ray.io/v1:RayService", "anywhere"],
    ["kubernetes:ray.io/v1alpha1:RayService", "serving"],
    ["kubernetes:serving.kserve.io/v1beta1:InferenceService", "anywhere"],
    ["kubernetes:apps/v1:Deployment", "serving"],
    ["kubernetes:ray.io/v1:RayCluster", "serving"],
    ["kubernetes:core/v1:Pod", "serving"],
  ])("refuses a %s in namespace %s without a release", async (type, namespace) => {
    expect(await messages(resource(type, { name: "model", namespace }))).toEqual([
      expect.stringContaining("serves without a release: it has no annotation orch.dev/release"),
    ]);
  });

  test("refuses a chart in a serving namespace, since nobody sees what it renders", async () => {
    const chart = {
      type: "kubernetes:helm.sh/v3:Release",
      name: "model",
      props: { namespace: "serving", name: "model" },
    };
    expect(await messages(chart)).toHaveLength(1);
    expect(await messages({ ...chart, props: { namespace: "argo", name: "argo" } })).toEqual([]);
  });

  test("lets through what the environment names, and nothing else of that name", async () => {
    const gateway = (namespace: string) =>
      resource("kubernetes:ray.io/v1:RayService", { name: "inference", namespace });
    expect(await messages(gateway("serving"), { exempt: ["serving/inference"] })).toEqual([]);
    expect(await messages(gateway("team-a"), { exempt: ["serving/inference"] })).toHaveLength(1);
  });

  test("refuses a release that is no RayService, or of another name than its own", async () => {
    expect(await messages({ ...release, type: "kubernetes:apps/v1:Deployment" })).toEqual([
      expect.stringContaining("a release is served by a RayService"),
    ]);
    expect(await messages(withMetadata({ name: "other" }))).toEqual([
      expect.stringContaining("claims to be release bt-xs-7-prod; a release and its RayService have one name"),
    ]);
  });

  test("does not know whether what runs in a namespace that is not known yet serves", async () => {
    expect(await messages(resource("kubernetes:apps/v1:Deployment", { name: "api", namespace: UNKNOWN }))).toEqual([
      expect.stringContaining("undecided: Deployment api cannot be decided"),
    ]);
  });
});

describe("artifact-is-the-proven", () => {
  test.each([
    ["the pods' spec", ["spec", "rayClusterConfig", "headGroupSpec", "template", "spec"]],
    ["the workers", ["spec", "rayClusterConfig", "workerGroupSpecs"]],
    ["what is served", ["spec", "serveConfigV2"]],
  ])("does not pass a release while %s is not known", async (_, path) => {
    const props = structuredClone(release.props) as Record<string, unknown>;
    const parent = path.slice(0, -1).reduce((at, key) => at[key] as Record<string, unknown>, props);
    parent[path.at(-1) ?? ""] = UNKNOWN;
    const findings = await found(rules.artifactIsTheProven, { ...release, props });
    expect(findings.map(({ verdict }) => verdict)).toEqual(["undecided"]);
  });
});
