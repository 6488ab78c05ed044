import type * as pulumi from "@pulumi/pulumi";
import { awsEgress, type Bucket, workPools } from "../../../components/cluster/index.ts";
import { MONITORING_NAMESPACE } from "../../../components/observability/constants.ts";
import { DATABASE_NAMESPACE, type DatabaseAccess, POSTGRES_PORT } from "../../../components/registry/index.ts";
import { DeliveredSecret, type NetworkAccess, type SecretStoreAccess } from "../../../components/security/index.ts";
import {
  ARGO_NAMESPACE,
  type ArgoServerAuth,
  ArgoWorkflows,
  KUEUE_NAMESPACE,
  KUEUE_WEBHOOK_PORTS,
  Kueue,
  type WorkflowArchive,
} from "../../../components/workflow/index.ts";
import { isInstalled, type Platform, systemNamespace } from "../platform.ts";
import { argoSettings, installation } from "../settings.ts";

export interface WorkflowNeeds {
  /** Where the archive is kept; undefined: finished Workflows end with their time to live. */
  readonly database: DatabaseAccess | undefined;
  readonly secrets: SecretStoreAccess | undefined;
  /** Where logs are archived, where it is the stack's own; undefined: who reads it was given rights elsewhere. */
  readonly artifacts: Bucket | undefined;
  /** Where Kubernetes is ours from its nodes up, what must be there first. */
  readonly dependsOn: pulumi.Resource[];
}

export interface WorkflowRoom {
  /** What later rooms depend on when they need this one up. */
  readonly ready: pulumi.Resource[];
  /** What work that waits in queues depends on. */
  readonly queues: pulumi.Resource[];
}

/** What runs Workflows, and what decides when. */
export function workflowRoom(platform: Platform, needs: WorkflowNeeds): WorkflowRoom {
  const argo = workflows(platform, needs);
  const kueue = queues(platform, needs);
  return { ready: [...argo.ready, ...kueue.ready], queues: kueue.ready };
}

function workflows(platform: Platform, needs: WorkflowNeeds): ArgoWorkflows {
  const { cluster, config, machine } = platform;
  const namespace = systemNamespace(platform, ARGO_NAMESPACE, orchestrAccess(platform, needs), {
    dependsOn: needs.dependsOn,
  });
  const inNamespace = [...needs.dependsOn, namespace];
  const sso = config.argo.server?.mode === "sso" ? ssoClient(platform, needs, inNamespace) : [];
  return new ArgoWorkflows(
    "argo-workflows",
    {
      cluster,
      namespace: ARGO_NAMESPACE,
      installation: installation("argo-workflows", config, machine),
      config: argoSettings(config),
      requeueTime: config.argo.requeueTime,
      availability: config.availability,
      monitoring: isInstalled(platform, "prometheus"),
      archive: archive(platform, needs, inNamespace),
      server: serverAuth(platform),
      logRights: config.storage.archiveLogs ? needs.artifacts?.permissions({ read: ["logs/"] }) : undefined,
    },
    { dependsOn: [...inNamespace, ...sso] },
  );
}

/** Everything outside that its processes reach: the archive's database, the bucket of archived logs, Prometheus reading metrics. */
function orchestrAccess(platform: Platform, { database, artifacts }: WorkflowNeeds): NetworkAccess {
  const { cluster, config } = platform;
  const postgres = { name: "postgres", cidrs: [cluster.aws?.vpcCidr ?? "0.0.0.0/0"], ports: [POSTGRES_PORT] };
  const bucket = cluster.aws === undefined || artifacts === undefined ? [] : awsEgress(cluster.aws, ["s3"]);
  return {
    egress: [...config.egress, ...bucket, ...(database === undefined ? [] : [postgres])],
    ...(database === undefined ? {} : { toNamespaces: [{ namespace: DATABASE_NAMESPACE, ports: [POSTGRES_PORT] }] }),
    ...(isInstalled(platform, "prometheus") ? { fromNamespaces: [MONITORING_NAMESPACE] } : {}),
  };
}

function archive(
  { cluster, config }: Platform,
  { database }: WorkflowNeeds,
  dependsOn: pulumi.Resource[],
): WorkflowArchive | undefined {
  if (database === undefined) return undefined;
  const { secretName, ready } = database.secret(ARGO_NAMESPACE, { dependsOn });
  return {
    host: database.host,
    port: database.port,
    database: database.database,
    secretName,
    clusterName: cluster.facts.name,
    ...(config.argo.archiveDays === undefined ? {} : { days: config.argo.archiveDays }),
    ready: [...database.ready, ...ready],
  };
}

const SSO_SECRET = "argo-server-sso";

function serverAuth({ config }: Platform): ArgoServerAuth | undefined {
  const { server } = config.argo;
  return server?.mode === "sso" ? { ...server, secretName: SSO_SECRET } : server;
}

/** The identity provider gives id and secret of the client; a person puts them into Vault, under `orchestr/argo-server-sso`. */
function ssoClient({ cluster }: Platform, { secrets }: WorkflowNeeds, dependsOn: pulumi.Resource[]): pulumi.Resource[] {
  if (secrets === undefined) return [];
  const secret = { namespace: ARGO_NAMESPACE, secretName: SSO_SECRET, path: `${ARGO_NAMESPACE}/${SSO_SECRET}` };
  return new DeliveredSecret(SSO_SECRET, { cluster, store: secrets, ...secret }, { dependsOn }).ready;
}

function queues(platform: Platform, { dependsOn }: WorkflowNeeds): Kueue {
  const { cluster, config, machine } = platform;
  const monitored = isInstalled(platform, "prometheus");
  // Where Kueue runs elsewhere, so does its namespace.
  const namespaces = isInstalled(platform, "kueue")
    ? [
        systemNamespace(
          platform,
          KUEUE_NAMESPACE,
          { webhookPorts: KUEUE_WEBHOOK_PORTS, ...(monitored ? { fromNamespaces: [MONITORING_NAMESPACE] } : {}) },
          { dependsOn },
        ),
      ]
    : [];
  return new Kueue(
    "kueue",
    {
      cluster,
      namespace: KUEUE_NAMESPACE,
      installation: installation("kueue", config, machine),
      pools: workPools(config.pools),
      availability: config.availability,
      monitoredFrom: monitored ? MONITORING_NAMESPACE : undefined,
    },
    { dependsOn: [...dependsOn, ...namespaces] },
  );
}
