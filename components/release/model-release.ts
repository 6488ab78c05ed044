import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  ARTIFACT_SHA256_VARIABLE,
  ARTIFACT_URI_VARIABLE,
  EVIDENCE_ANNOTATION,
  MODEL_LABEL,
  RELEASE_ANNOTATION,
  RELEASE_LABEL,
  type ReleaseManifest,
  readEvidence,
  STAGE_LABEL,
} from "../../submission/spec/release/index.ts";
import type { Cluster } from "../cluster/index.ts";
import { planRayService, type RayServeSettings, SERVING_NAMESPACE, servingWorkers } from "../compute/index.ts";
import { MANAGED_BY } from "../security/index.ts";

export interface ModelReleaseArgs {
  readonly cluster: Pick<Cluster, "provider">;
  /** What is served, in which stage, after which release; its `release` is the name of the RayService. */
  readonly manifest: ReleaseManifest;
  /** Signed evidence, a compact JWS. Plain text: a gate must be able to read it during a preview. */
  readonly evidence: string;
  /** How it is served; image, name and variables follow from the manifest. */
  readonly serving: Omit<RayServeSettings, "name" | "image" | "env">;
}

/** The RayService of a release. Its annotations say all that a gate asks, so that any gate can judge it by itself. */
export function planModelRelease({ manifest, evidence, serving }: Omit<ModelReleaseArgs, "cluster">) {
  return {
    apiVersion: "ray.io/v1",
    kind: "RayService",
    metadata: {
      name: manifest.release,
      namespace: SERVING_NAMESPACE,
      labels: planReleaseLabels(manifest),
      annotations: { [RELEASE_ANNOTATION]: JSON.stringify(manifest), [EVIDENCE_ANNOTATION]: evidence },
    },
    spec: planRayService({
      ...serving,
      name: manifest.release,
      image: manifest.image,
      env: {
        [ARTIFACT_URI_VARIABLE]: manifest.artifact.uri,
        [ARTIFACT_SHA256_VARIABLE]: manifest.artifact.sha256,
      },
    }),
  };
}

/** For people, who do not read a JWS: what it says, and the token to verify it with. */
export function planEvidenceFiles({ manifest, evidence }: Pick<ModelReleaseArgs, "manifest" | "evidence">) {
  const content = readEvidence(evidence);
  return {
    "release.json": JSON.stringify(manifest, null, 2),
    "evidence.jws": evidence,
    ...(content === undefined ? {} : { "evidence.json": JSON.stringify(content, null, 2) }),
  };
}

const planReleaseLabels = ({ release, model, stage }: ReleaseManifest) => ({
  ...MANAGED_BY,
  [RELEASE_LABEL]: release,
  [MODEL_LABEL]: model,
  [STAGE_LABEL]: stage,
});

/**
 * A model that is served: HTTP at `<release>-serve-svc.serving.svc:8000`. The evidence is there before the model is, and stays until
 * the model is gone.
 */
export class ModelRelease extends pulumi.ComponentResource {
  /** Name of the release, known from the start. */
  readonly release: string;
  /** What depends on the model being served. */
  readonly ready: pulumi.Resource[];

  /** @param args its namespace, its account and the operator of RayServices are the platform's: `systems: {ray-serve: chart}` */
  constructor(name: string, args: ModelReleaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:release:ModelRelease", name, {}, opts);
    const { manifest } = args;
    const child = { parent: this, provider: args.cluster.provider };
    this.release = manifest.release;
    const evidence = this.evidence(name, args, child);
    const budget = this.budget(name, manifest, child);
    const { apiVersion, kind, metadata, spec } = planModelRelease(args);
    const service = new k8s.apiextensions.CustomResource(
      name,
      { apiVersion, kind, metadata, spec },
      { ...child, dependsOn: [evidence, budget] },
    );
    this.ready = [service];
    this.registerOutputs({ release: this.release, stage: manifest.stage, trafficPercent: manifest.trafficPercent });
  }

  private evidence(name: string, args: ModelReleaseArgs, child: Child): pulumi.Resource {
    const { manifest } = args;
    const metadata = {
      name: `${manifest.release}-evidence`,
      namespace: SERVING_NAMESPACE,
      labels: planReleaseLabels(manifest),
    };
    return new k8s.core.v1.ConfigMap(`${name}-evidence`, { metadata, data: planEvidenceFiles(args) }, child);
  }

  private budget(name: string, manifest: ReleaseManifest, child: Child): pulumi.Resource {
    const metadata = { name: manifest.release, namespace: SERVING_NAMESPACE, labels: planReleaseLabels(manifest) };
    return new k8s.policy.v1.PodDisruptionBudget(
      `${name}-budget`,
      { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: servingWorkers(manifest.release) } } },
      child,
    );
  }
}

type Child = pulumi.CustomResourceOptions & { provider: k8s.Provider };
