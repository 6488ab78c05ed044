import { beforeAll, describe, expect, test } from "vitest";
import { planEvidenceFiles, planModelRelease, planModelRoute } from "../../../components/release/index.ts";
import { parseReleases } from "../../../stacks/release/schema.ts";
import { IMAGE, newSigner, rightEvidence, rightManifest, SERVING, signedAs } from "../policies/release-fixture.ts";

let evidence: string;
beforeAll(async () => {
  evidence = await signedAs(await newSigner(), rightEvidence());
});

describe("the RayService of a release", () => {
  const plan = () => planModelRelease({ manifest: rightManifest("canary"), evidence, serving: SERVING });

  test("runs the released image in head and workers, and tells both which artifact it is", () => {
    const { headGroupSpec, workerGroupSpecs } = plan().spec.rayClusterConfig;
    const containers = [headGroupSpec, ...workerGroupSpecs].flatMap(({ template }) => template.spec.containers);
    expect(containers).toHaveLength(2);
    for (const { image, env } of containers) {
      expect(image).toBe(IMAGE);
      expect(env).toContainEqual({ name: "ORCH_MODEL_SHA256", value: rightManifest("canary").artifact.sha256 });
    }
  });

  test("shares no pod with another release, nor with the platform's own gateway", () => {
    const labels = plan().spec.rayClusterConfig.workerGroupSpecs[0]?.template.metadata.labels;
    expect(labels).toMatchObject({ "orch.dev/serving": "bt-xs-7-canary" });
  });

  test("carries all that a gate asks in its annotations, within what Kubernetes allows", () => {
    const { annotations } = plan().metadata;
    expect(JSON.parse(annotations["orch.dev/release"])).toEqual(rightManifest("canary"));
    expect(annotations["orch.dev/evidence"]).toBe(evidence);
    expect(JSON.stringify(annotations).length).toBeLessThan(16 * 1024);
  });

  test("has its evidence beside it as people read it", () => {
    const files = planEvidenceFiles({ manifest: rightManifest("canary"), evidence });
    expect(JSON.parse(files["evidence.json"] ?? "")).toEqual(rightEvidence());
  });
});

describe("the route of a model", () => {
  const gateway = { name: "models", namespace: "gateway" };

  test("gives each release its share, to a hundredth of a per cent, and nothing to those without", () => {
    const releases = [
      { release: "seven", trafficPercent: 99.75 },
      { release: "eight", trafficPercent: 0.25 },
      { release: "nine", trafficPercent: 0 },
    ];
    const [rule] = planModelRoute({ gateway, host: "bt.models.internal", releases }).rules;
    expect(rule?.backendRefs.map(({ name, port, weight }) => ({ name, port, weight }))).toEqual([
      { name: "seven-serve-svc", port: 8000, weight: 9975 },
      { name: "eight-serve-svc", port: 8000, weight: 25 },
    ]);
  });
});

describe("the configuration of a release stack", () => {
  const cluster = { kind: "eks", account: "111111111111", region: "us-east-1", name: "orch-dev" };
  const { version: _, release, ...manifest } = rightManifest("prod");
  const declared = { ...manifest, evidence: "evidence/prod.jws" };
  const mistakes = (raw: Record<string, unknown>) => {
    try {
      parseReleases({ cluster, ...raw });
      return "";
    } catch (error) {
      return error instanceof Error ? error.message : "";
    }
  };

  test("needs nothing but a cluster", () => {
    expect(parseReleases({ cluster })).toMatchObject({ releases: {}, hosts: {} });
  });

  test("takes one release with all requests, without a gateway", () => {
    expect(parseReleases({ cluster, releases: { [release]: declared } }).releases[release]?.serving.pool).toBe("gpu");
  });

  test("says every mistake at once, each with its key", () => {
    const wrong = { ...declared, image: "ghcr.io/archetype/serving:1.4.0", evidence: "prod.json", stages: 1 };
    const message = mistakes({ releases: { [release]: wrong }, gatway: {} });
    expect(message).toContain("model-releases:releases.bt-xs-7-prod.image  must be registry/name@sha256:digest");
    expect(message).toContain("model-releases:releases.bt-xs-7-prod.evidence  must be the path of a file *.jws");
    expect(message).toContain("no such field: stages");
    expect(message).toContain("model-releases:gatway  no such key");
  });

  test("refuses releases that share requests without a gateway that could do it", () => {
    const half = { ...declared, trafficPercent: 50 };
    expect(mistakes({ releases: { one: half, two: half } })).toContain(
      "model-releases:gateway  must be given: one 50, two 50 share the requests of bt_xs_bilstm_v1",
    );
  });
});
