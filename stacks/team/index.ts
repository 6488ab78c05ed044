import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import { KnownEksCluster, type PodRoleArgs, PROVIDER_SETTINGS } from "../../components/cluster/index.ts";
import { RayCluster } from "../../components/compute/index.ts";
import { planVaultLogin } from "../../components/security/index.ts";
import { Team } from "../../components/team/index.ts";
import { withTeams } from "../../submission/spec/teams.ts";
import { load } from "./load.ts";
import { planTeam } from "./plan.ts";

// One team of one environment: its share of the cluster, who may use it, and what its work may reach.

const { config, platform, kubeconfig } = await load(process.env, import.meta.dirname);
const cluster = openCluster();

const team = new Team(config.name, {
  cluster,
  ...planTeam(config, platform),
  vault: openVault(),
  artifacts:
    cluster.aws === undefined || platform.artifacts === undefined || platform.artifactsKeyArn === undefined
      ? undefined
      : { aws: cluster.aws, keyArn: platform.artifactsKeyArn, ...platform.artifacts },
});

if (config.rayCluster !== undefined) {
  const { redis, ...settings } = config.rayCluster;
  new RayCluster(
    "ray-gpu",
    {
      cluster,
      ...settings,
      team: config.name,
      namespace: team.namespace,
      redis: redis === undefined ? undefined : { address: redis.address, secretName: redis.secretScope },
    },
    { dependsOn: team.ready },
  );
}

function openCluster(): { readonly provider: k8s.Provider; readonly aws?: PodRoleArgs["aws"] } {
  const name = `team-${config.name}`;
  if (platform.cluster.kind === "eks") {
    const { account, region } = platform.cluster;
    return new KnownEksCluster(name, { account, region, cluster: platform.cluster.name });
  }
  const context = platform.cluster.kind === "kubeconfig" ? platform.cluster.context : undefined;
  return { provider: new k8s.Provider(name, { kubeconfig, context, ...PROVIDER_SETTINGS }) };
}

function openVault(): vault.Provider | undefined {
  if (config.secretScopes.length === 0) return undefined;
  if (platform.vault !== "off")
    return new vault.Provider("vault", planVaultLogin(platform.vault.address, platform.vault.region));
  const scopes = config.secretScopes.join(", ");
  void pulumi.log.info(
    `Vault is off in ${platform.profile.environment}: nobody brings the Secrets of the scopes ${scopes}.`,
  );
  return undefined;
}

export const namespace = team.namespace;
/** The platform's profile with this team in it; `pulumi stack output profile` gives the file that `orch --profile` reads. */
export const profile = withTeams(platform.profile, [team.published]);
/** Where the keys of its scopes come from: paths in Vault, or "off". */
export const secrets =
  platform.vault === "off" ? "off" : config.secretScopes.map((scope) => `teams/${config.name}/${scope}`);
/** Who let it borrow beyond its quota, and until when. */
export const burst = config.burst ?? "none";
