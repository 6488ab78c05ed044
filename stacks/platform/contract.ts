import { ROLE_NAMES, SERVICE_ROLES, TEAM_ROLE_NAMES } from "../../components/api/constants.ts";
import { allocatable, awsEgress, type PoolName, STORAGE_CLASS, workPools } from "../../components/cluster/index.ts";
import { ARGO_NAMESPACE } from "../../components/workflow/index.ts";
import { CONTRACT_VERSION, type PlatformContract } from "../platform-contract.ts";
import { apiServerOf, clusterName, endpointsOf } from "./cluster.ts";
import { isInstalled } from "./platform.ts";
import { planProfile } from "./profile.ts";
import { engineAccess } from "./rooms/compute.ts";
import type { PlatformConfig } from "./schema.ts";
import { artifactLocation, createdKinds } from "./settings.ts";

/**
 * What teams' stacks build on; follows from the configuration alone, but for the key of the artifacts' bucket.
 *
 * @param environment the stack's name
 */
export function planContract(environment: string, config: PlatformConfig): Omit<PlatformContract, "artifactsKeyArn"> {
  const { cluster, egress, systems, vault } = config;
  const installed = (system: Parameters<typeof isInstalled>[1]) => isInstalled({ config }, system);
  const onAws = cluster.kind === "eks";
  const submissionApi = installed("submission-api");
  const secrets = systems.vault === "chart" && systems["external-secrets"] === "chart" && vault.phase === "configured";
  const s3 = onAws ? awsEgress({ endpoints: endpointsOf(cluster), vpcCidr: cluster.vpcCidr }, ["s3"]) : [];
  return {
    version: CONTRACT_VERSION,
    profile: planProfile(environment, config),
    cluster: clusterOf(environment, config),
    pools: planRoom(config),
    createdKinds: createdKinds(config),
    network: {
      apiServer: plain(apiServerOf(cluster)),
      ...engineAccess({ config, cluster }),
      egress: [...egress, ...s3].map(plain),
    },
    groups: config.groups,
    secretScopes: config.secretScopes,
    vault: secrets ? { address: vault.address, region: config.region } : "off",
    submissionApi,
    rayClusters: installed("kuberay"),
    platformAccounts: submissionApi
      ? SERVICE_ROLES.map((role) => ({
          clusterRole: TEAM_ROLE_NAMES[role],
          namespace: ARGO_NAMESPACE,
          account: ROLE_NAMES[role],
        }))
      : [],
    storageClasses: onAws ? [STORAGE_CLASS] : [],
    ...(onAws
      ? { artifacts: { arn: `arn:aws:s3:::${artifactLocation(config).bucket}`, shared: config.artifacts.shared } }
      : {}),
  };
}

function clusterOf(environment: string, { cluster, region }: PlatformConfig): PlatformContract["cluster"] {
  switch (cluster.kind) {
    case "eks":
      return { kind: "eks", account: cluster.account, region, name: clusterName(environment) };
    case "kubeconfig":
      return { kind: "kubeconfig", ...(cluster.context === undefined ? {} : { context: cluster.context }) };
    case "embedded":
      return { kind: "embedded" };
  }
}

/** What all nodes of a pool have for work, when there are as many as there may be. */
function planRoom({ pools }: PlatformConfig): PlatformContract["pools"] {
  return workPools(pools).map(({ name, shape }) => {
    const nodes = pools[name as PoolName]?.max ?? 0;
    const free = allocatable(shape);
    return {
      name,
      nodes,
      room: { cpu: (nodes * free.cpuMillis) / 1000, memory: nodes * free.memoryGi, gpu: nodes * free.gpu },
    };
  });
}

function plain<Reach extends { readonly cidrs: readonly string[]; readonly ports?: readonly number[] }>(reach: Reach) {
  return { ...reach, cidrs: [...reach.cidrs], ports: [...(reach.ports ?? [443])] };
}
