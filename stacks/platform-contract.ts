import { z } from "zod";
import { platformProfile } from "../submission/spec/profile.ts";

/**
 * What a team's stack may rely on of the platform's: its output `forTeams`. A change that an older reader would misread is a new
 * version.
 */
export const CONTRACT_VERSION = 1;

const dnsLabel = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "a DNS label");
const ports = z.array(z.int().min(1).max(65_535));
const reach = z.strictObject({ cidrs: z.array(z.string()).min(1), ports });
const peer = z.strictObject({ namespace: dnsLabel, ports });
const amount = z.strictObject({
  /** Cores. */
  cpu: z.number().nonnegative(),
  /** GiB. */
  memory: z.number().nonnegative(),
  /** Whole GPUs, or slices where the pool's are cut. */
  gpu: z.int().nonnegative(),
});

export const platformContract = z.strictObject({
  version: z.literal(CONTRACT_VERSION),
  /** What is published; without teams. */
  profile: platformProfile,
  /** How its API server is called; where it is embedded or brought along, the kubeconfig comes in ORCH_KUBECONFIG. */
  cluster: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("embedded") }),
    z.strictObject({ kind: z.literal("kubeconfig"), context: z.string().optional() }),
    z.strictObject({ kind: z.literal("eks"), account: z.string(), region: z.string(), name: z.string() }),
  ]),
  /** Pools that a team may have a quota in, and what all of their nodes have to give. */
  pools: z.array(z.strictObject({ name: z.string(), nodes: z.int().nonnegative(), room: amount })).min(1),
  /** Kinds that a DAG may create. */
  createdKinds: z.array(z.strictObject({ apiVersion: z.string(), resource: z.string() })),
  /** What a team's pods may talk to, and who may to them. */
  network: z.strictObject({
    apiServer: reach,
    toNamespaces: z.array(peer),
    fromNamespaces: z.array(peer),
    egress: z.array(z.strictObject({ name: dnsLabel, cidrs: z.array(z.string()).min(1), ports: ports.optional() })),
  }),
  /** Groups of the identity provider that a team may name. */
  groups: z.array(z.string()),
  /** Scopes that a team may have secrets in. */
  secretScopes: z.array(dnsLabel),
  /** Where secrets are kept; "off": nowhere, and somebody else brings a team's. */
  vault: z.union([z.literal("off"), z.strictObject({ address: z.url(), region: z.string() })]),
  /** Whether submissions go through the submission service. */
  submissionApi: z.boolean(),
  /** Whether there is an operator of RayClusters. */
  rayClusters: z.boolean(),
  /** Accounts that work in every team's namespace, and the ClusterRole of their rights there. */
  platformAccounts: z.array(z.strictObject({ clusterRole: z.string(), namespace: dnsLabel, account: dnsLabel })),
  storageClasses: z.array(z.string()),
  /** The bucket of what runs read and write, where rights in it are the stacks' to give. */
  artifacts: z.strictObject({ arn: z.string(), shared: z.array(z.string()) }).optional(),
  /** Key of that bucket: not known before it exists. */
  artifactsKeyArn: z.string().optional(),
});

export type PlatformContract = z.infer<typeof platformContract>;
