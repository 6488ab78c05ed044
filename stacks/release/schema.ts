import { z } from "zod";
import { AVAILABILITIES } from "../../components/system/index.ts";
import { modelName, releaseManifest, releaseName } from "../../submission/spec/release/index.ts";
import { type Configuration, type ConfigurationRules, type Finding, parseConfiguration } from "../configuration.ts";
import { COMPUTE_SHAPE } from "../platform/schema/compute.ts";

export const PROJECT = "model-releases";

const ACCOUNT = 'must be the number of the AWS account, 12 digits in quotes, e.g. "111111111111"';
const dnsLabel = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "must be a DNS label: a-z, 0-9 and -, at most 63");

const cluster = z.discriminatedUnion("kind", [
  /** Made by a stack of the platform, and found by its name in AWS. */
  z.strictObject({
    kind: z.literal("eks"),
    account: z.string(ACCOUNT).regex(/^\d{12}$/, ACCOUNT),
    region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "must be a region, e.g. us-east-1"),
    name: z.string().min(1),
  }),
  /** Any other; its kubeconfig comes in ORCH_KUBECONFIG. */
  z.strictObject({ kind: z.literal("kubeconfig"), context: z.string().min(1).optional() }),
]);

/** As the platform's own gateway is served; each release has its own. */
const serving = COMPUTE_SHAPE.serving
  .unwrap()
  .pick({
    rayVersion: true,
    importPath: true,
    deployment: true,
    pool: true,
    replicas: true,
    replica: true,
    targetOngoingRequests: true,
  })
  .extend({ availability: z.enum(AVAILABILITIES).default("single") });

const { model, modelVersion, artifact, image, stage, trafficPercent, predecessor } = releaseManifest.shape;
const release = z.strictObject({
  model,
  modelVersion,
  artifact,
  image,
  stage,
  /** Default: none; it is served, and nobody is sent to it. */
  trafficPercent: trafficPercent.default(0),
  predecessor,
  /** File with the signed evidence, from the folder of this project. */
  evidence: z.string().regex(/\.jws$/, "must be the path of a file *.jws"),
  serving: serving.prefault({}),
});

const SHAPE = {
  cluster,
  /** Gateway of the Gateway API in the cluster; needed to share a model's requests between releases. */
  gateway: z.strictObject({ name: dnsLabel, namespace: dnsLabel }).optional(),
  /** Host name by which each model is asked for, through the gateway. */
  hosts: z
    .record(modelName, z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, "must be a host name, e.g. bt.models.internal"))
    .default({}),
  /** By name, which is also the name of the RayService. */
  releases: z.record(releaseName, release).default({}),
} as const;

export type ReleasesConfig = Configuration<typeof SHAPE>;
export type ReleaseConfig = ReleasesConfig["releases"][string];

const DIGEST = `sha256:${"0".repeat(64)}`;
const EXAMPLES = {
  cluster: { kind: "eks", account: "111111111111", region: "us-east-1", name: "orch-dev" },
  gateway: { name: "models", namespace: "gateway" },
  hosts: { bt_xs_bilstm_v1: "bt-xs.models.internal" },
  releases: {
    "bt-xs-7-canary": {
      model: "bt_xs_bilstm_v1",
      modelVersion: "7",
      artifact: { uri: "s3://artifacts/models/bt_xs_bilstm_v1/7/model.bin", sha256: DIGEST },
      image: `ghcr.io/archetype/serving@${DIGEST}`,
      stage: "canary",
      trafficPercent: 5,
      predecessor: { release: "bt-xs-7-staging", stage: "staging" },
      evidence: "evidence/bt-xs-7-canary.jws",
    },
  },
} as const;

const RULES: ConfigurationRules<typeof SHAPE> = { project: PROJECT, shape: SHAPE, examples: EXAMPLES, consistency };

/** @throws UserError that names every mistake at once: the key, what is allowed, an example */
export const parseReleases = (raw: Readonly<Record<string, unknown>>): ReleasesConfig => parseConfiguration(RULES, raw);

/** The releases of each model that get requests. */
export function routed(releases: ReleasesConfig["releases"]): Map<string, (ReleaseConfig & { name: string })[]> {
  const withTraffic = Object.entries(releases)
    .map(([name, one]) => ({ ...one, name }))
    .filter((one) => one.trafficPercent > 0);
  return Map.groupBy(withTraffic, ({ model }) => model);
}

function consistency({ releases = {}, gateway, hosts = {} }: Partial<ReleasesConfig>): Finding[] {
  return [
    ...Object.entries(releases)
      .filter(([, { serving }]) => serving.replicas.min > serving.replicas.max)
      .map(
        ([
          name,
          {
            serving: { replicas },
          },
        ]) => ({
          path: ["releases", name, "serving", "replicas"],
          message: `min ${replicas.min} is above max ${replicas.max}`,
        }),
      ),
    ...[...routed(releases)].flatMap(([model, sharing]) => shares(model, sharing, gateway, hosts)),
  ];
}

function shares(
  model: string,
  sharing: readonly (ReleaseConfig & { name: string })[],
  gateway: ReleasesConfig["gateway"],
  hosts: ReleasesConfig["hosts"],
): Finding[] {
  const sum = sharing.reduce((total, { trafficPercent }) => total + trafficPercent, 0);
  const names = sharing.map(({ name, trafficPercent }) => `${name} ${trafficPercent}`).join(", ");
  const shared = sharing.length > 1;
  return [
    ...(Math.abs(sum - 100) < 1e-9
      ? []
      : [{ path: ["releases"], message: `the shares of ${model} add up to ${sum}, not 100: ${names}` }]),
    ...(shared && gateway === undefined
      ? [{ path: ["gateway"], message: `must be given: ${names} share the requests of ${model}` }]
      : []),
    ...(gateway !== undefined && hosts[model] === undefined
      ? [{ path: ["hosts"], message: `has no host name for ${model}, which gets requests through the gateway` }]
      : []),
  ];
}
