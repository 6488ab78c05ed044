import { type CryptoKey, exportJWK, generateKeyPair } from "jose";
import { planModelRelease } from "../../../components/release/index.ts";
import * as rules from "../../../policies/promotion/rules/index.ts";
import { judge } from "../../../policies/verdict/judge.ts";
import type { Resource } from "../../../policies/verdict/resource.ts";
import {
  CARD_SECTIONS,
  type Evidence,
  type EvidenceKey,
  evidenceKey,
  type ReleaseManifest,
  type Stage,
  signEvidence,
  stageBefore,
} from "../../../submission/spec/release/index.ts";

/** A release that every rule accepts, in each stage; each test breaks one thing of it. */

export const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
export const ARTIFACT = { uri: "s3://artifacts/models/bt_xs_bilstm_v1/7/model.bin", sha256: digest("a") };
export const IMAGE = `ghcr.io/archetype/serving@${digest("b")}`;
/** Made anew each time, so that no test changes it at two places. */
const data = () => ({ uri: "iceberg://lake/backtests", version: "8124091337" });
const RECIPE = digest("c");

export interface Signer {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: EvidenceKey;
}

export async function newSigner(kid = "ci"): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair("EdDSA", { crv: "Ed25519" });
  return { kid, privateKey, publicKey: evidenceKey.parse({ ...(await exportJWK(publicKey)), kid }) };
}

export const rightManifest = (stage: Stage): ReleaseManifest => {
  const before = stageBefore(stage);
  return {
    version: 1,
    release: `bt-xs-7-${stage}`,
    model: "bt_xs_bilstm_v1",
    modelVersion: "7",
    artifact: ARTIFACT,
    image: IMAGE,
    stage,
    trafficPercent: { staging: 0, canary: 5, prod: 100 }[stage],
    ...(before === undefined ? {} : { predecessor: { release: `bt-xs-7-${before}`, stage: before } }),
  };
};

export const rightEvidence = (): Evidence => ({
  version: 1,
  issuedAt: "2026-11-20T12:00:00Z",
  subject: { model: "bt_xs_bilstm_v1", modelVersion: "7", artifact: ARTIFACT, image: IMAGE },
  card: Object.fromEntries(CARD_SECTIONS.map((name) => [name, `What there is to say about ${name}, in a sentence.`])),
  metrics: [
    { name: "sharpe", value: 1.4, data: data() },
    { name: "hit_rate", value: 0.53, data: data() },
  ],
  drawdown: { max: 0.18, data: data() },
  runs: ["sub-1", "sub-2"].map((submissionId) => ({
    submissionId,
    recipeDigest: RECIPE,
    artifactSha256: ARTIFACT.sha256,
    submittedBy: "ada@example.com",
    finishedAt: "2026-11-09T08:00:00Z",
  })),
  stays: [
    {
      stage: "staging",
      release: "bt-xs-7-staging",
      artifactSha256: ARTIFACT.sha256,
      from: "2026-11-10T00:00:00Z",
      to: "2026-11-12T00:00:00Z",
      requests: 500,
      trafficPercent: 0,
    },
    {
      stage: "canary",
      release: "bt-xs-7-canary",
      artifactSha256: ARTIFACT.sha256,
      from: "2026-11-12T00:00:00Z",
      to: "2026-11-19T00:00:00Z",
      requests: 250_000,
      trafficPercent: 5,
    },
  ],
  approvals: [{ by: "grace@example.com", stage: "prod", at: "2026-11-20T09:00:00Z" }],
});

/** Settings of an environment, as its file has them. */
export const settingsWith = (signer: Pick<Signer, "publicKey">): Record<string, unknown> => ({
  "evidence-is-signed": { keys: [signer.publicKey] },
  "metrics-meet-thresholds": { thresholds: { sharpe: { min: 1 }, hit_rate: { min: 0.51 } } },
  "drawdown-within-bounds": { max: 0.2 },
  "canary-was-long-enough": { minHours: 72, minRequests: 100_000, minTrafficPercent: 5 },
});

export const SERVING = {
  availability: "high",
  importPath: "serving.app:app",
  deployment: "Model",
  pool: "gpu",
  replicas: { min: 2, max: 4 },
  replica: { cpu: 4, memoryGi: 16, gpu: 1 },
  targetOngoingRequests: 8,
} as const;

/** The RayService that the component makes of it, as a policy is given it. */
export function served(manifest: ReleaseManifest, evidence: string): Resource {
  const { apiVersion, kind, metadata, spec } = planModelRelease({ manifest, evidence, serving: SERVING });
  // What the engine hands over is JSON: no property that is undefined.
  const props = JSON.parse(JSON.stringify({ apiVersion, kind, metadata, spec })) as Record<string, unknown>;
  return { type: "kubernetes:ray.io/v1:RayService", name: manifest.release, props };
}

export const signedAs = (signer: Signer, evidence: Evidence): Promise<string> => signEvidence(evidence, signer);

/** Every finding of every rule, each as `rule: verdict: message`. */
export async function judgeAll(resource: Resource, settings: Record<string, unknown>): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const rule of Object.values(rules)) {
    const findings = await judge(rule, resource, settings[rule.name] ?? {});
    if (findings.length > 0)
      found.set(
        rule.name,
        findings.map(({ verdict, message }) => `${verdict}: ${message}`),
      );
  }
  return found;
}
