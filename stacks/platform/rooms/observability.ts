import type * as pulumi from "@pulumi/pulumi";
import { awsEgress, type Bucket } from "../../../components/cluster/index.ts";
import { COMPUTE_NAMESPACE } from "../../../components/compute/constants.ts";
import {
  Alerts,
  Alloy,
  DcgmExporter,
  GRAFANA_PORT,
  Grafana,
  type Judged,
  LOKI_URL,
  Loki,
  MARQUEZ_URL,
  Marquez,
  MONITORING_NAMESPACE,
  NODE_AGENTS_NAMESPACE,
  OPERATOR_WEBHOOK_PORT,
  PROMETHEUS_URL,
  Prometheus,
  TEMPO_OTLP,
  Tempo,
} from "../../../components/observability/index.ts";
import {
  DATABASE_NAMESPACE,
  type DatabaseAccess,
  type DatabaseName,
  POSTGRES_PORT,
} from "../../../components/registry/index.ts";
import type { NetworkAccess, Peer, SecretStoreAccess } from "../../../components/security/index.ts";
import { ARGO_NAMESPACE } from "../../../components/workflow/constants.ts";
import { isInstalled, type Platform, systemNamespace } from "../platform.ts";

export interface MonitoringNeeds {
  /** Where logs and traces are kept; undefined: on disks. */
  readonly bucket: Bucket | undefined;
  readonly dependsOn: pulumi.Resource[];
}

export interface MonitoringRoom {
  /** After it, ServiceMonitors and PrometheusRules can be created. */
  readonly ready: pulumi.Resource[];
}

/** Right after the nodes: what watches, so that everything that comes later is watched from its start. */
export function monitoringRoom(platform: Platform, needs: MonitoringNeeds): MonitoringRoom {
  const { cluster, config } = platform;
  const { observability: settings, availability, chartMirror: mirror } = config;
  const installed = (["prometheus", "loki", "tempo", "open-telemetry", "dcgm-exporter", "marquez"] as const).filter(
    (system) => isInstalled(platform, system),
  );
  if (installed.length === 0) return { ready: [] };
  const has = (system: (typeof installed)[number]) => installed.includes(system);
  const monitoring = has("prometheus");

  const namespaces = [
    systemNamespace(platform, MONITORING_NAMESPACE, monitoringAccess(platform, needs), { dependsOn: needs.dependsOn }),
    systemNamespace(platform, NODE_AGENTS_NAMESPACE, nodeAgentsAccess(platform), {
      // Host paths, host ports, root: what reading a node takes. Nothing else is ever placed there.
      podSecurity: "privileged",
      dependsOn: needs.dependsOn,
    }),
  ];
  const prometheus = monitoring
    ? new Prometheus(
        "prometheus",
        {
          cluster,
          mirror,
          availability,
          retentionDays: settings.metricsDays,
          storageGiB: settings.metricsGiB,
          alertWebhook: settings.alertWebhook,
          clusterName: cluster.facts.name,
          nodeCidrs: [cluster.aws?.vpcCidr ?? "0.0.0.0/0"],
        },
        { dependsOn: namespaces },
      ).ready
    : [];
  const after = { dependsOn: [...namespaces, ...prometheus] };
  const afterBucket = { dependsOn: [...after.dependsOn, ...(needs.bucket?.ready ?? [])] };

  const alerts = monitoring
    ? new Alerts(
        "alerts",
        {
          cluster,
          objectives: settings.objectives,
          judged: judged(platform),
          prices: settings.nodePrices,
          runbookUrl: settings.runbookUrl,
        },
        after,
      ).ready
    : [];
  const stores = [
    ...(has("loki")
      ? new Loki(
          "loki",
          {
            cluster,
            mirror,
            availability,
            monitoring,
            retentionDays: settings.logDays,
            storageGiB: settings.bufferGiB,
            store: objectStore(platform, needs, "loki"),
          },
          afterBucket,
        ).ready
      : []),
    ...(has("tempo")
      ? new Tempo(
          "tempo",
          {
            cluster,
            mirror,
            availability,
            monitoring,
            retentionDays: settings.traceDays,
            storageGiB: settings.bufferGiB,
            store: objectStore(platform, needs, "tempo"),
          },
          afterBucket,
        ).ready
      : []),
  ];
  const agents = [
    ...(has("loki") || has("open-telemetry")
      ? new Alloy(
          "alloy",
          {
            cluster,
            mirror,
            monitoring,
            pipelines: {
              logs: has("loki"),
              traces: has("tempo") && has("open-telemetry"),
              metrics: monitoring && has("open-telemetry"),
            },
          },
          { dependsOn: [...after.dependsOn, ...stores] },
        ).ready
      : []),
    ...(has("dcgm-exporter") ? new DcgmExporter("dcgm-exporter", { cluster, mirror, monitoring }, after).ready : []),
  ];
  return { ready: [...namespaces, ...prometheus, ...alerts, ...stores, ...agents] };
}

export interface ObservabilityNeeds {
  /** Where passwords are kept; undefined: nothing here can be installed. */
  readonly secrets: SecretStoreAccess | undefined;
  readonly databases: Readonly<Record<DatabaseName, DatabaseAccess>> | undefined;
  /** Among them what `monitoringRoom` returned. */
  readonly dependsOn: pulumi.Resource[];
}

export interface ObservabilityRoom {
  readonly ready: pulumi.Resource[];
}

/** What people look at, and lineage: both have passwords and databases, so they come after Vault and Postgres. */
export async function observabilityRoom(platform: Platform, needs: ObservabilityNeeds): Promise<ObservabilityRoom> {
  const { cluster, config } = platform;
  const { secrets, databases, dependsOn } = needs;
  const monitoring = isInstalled(platform, "prometheus");
  const grafana =
    monitoring && secrets !== undefined
      ? new Grafana(
          "grafana",
          {
            cluster,
            mirror: config.chartMirror,
            availability: config.availability,
            monitoring,
            secrets,
            database: databases?.grafana,
            sources: {
              prometheus: monitoring,
              loki: isInstalled(platform, "loki"),
              tempo: isInstalled(platform, "tempo"),
            },
            dashboards: (await import("../../../components/observability/dashboards/index.ts")).planDashboards(
              judged(platform),
            ),
          },
          { dependsOn },
        ).ready
      : [];
  const marquez =
    isInstalled(platform, "marquez") && databases !== undefined
      ? new Marquez(
          "marquez",
          {
            cluster,
            monitoring,
            availability: config.availability,
            database: databases.marquez,
            retentionDays: config.observability.lineageDays,
          },
          { dependsOn },
        ).ready
      : [];
  return { ready: [...grafana, ...marquez] };
}

function judged(platform: Platform): Judged {
  return {
    redpanda: isInstalled(platform, "redpanda"),
    rayServe: isInstalled(platform, "ray-serve"),
    gpus: isInstalled(platform, "dcgm-exporter"),
    submissionService: isInstalled(platform, "submission-api"),
  };
}

function objectStore({ config }: Platform, { bucket }: MonitoringNeeds, prefix: string) {
  if (bucket === undefined) return undefined;
  return { bucket: bucket.bucket, arn: bucket.arn, keyArn: bucket.keyArn, region: config.region, prefix };
}

const portOf = (url: string) => Number(url.slice(url.lastIndexOf(":") + 1));
const peer = (namespace: string, ...urls: string[]): Peer => ({ namespace, ports: urls.map(portOf) });

/** In: collectors with what they collected, the submission service with questions, Trino with lineage. Out: databases, S3. */
function monitoringAccess(platform: Platform, { bucket }: MonitoringNeeds): NetworkAccess {
  const { aws } = platform.cluster;
  const databases = isInstalled(platform, "postgres");
  const postgres = { name: "postgres", cidrs: [aws?.vpcCidr ?? "0.0.0.0/0"], ports: [POSTGRES_PORT] };
  return {
    webhookPorts: [OPERATOR_WEBHOOK_PORT],
    fromNamespaces: [
      peer(NODE_AGENTS_NAMESPACE, LOKI_URL, TEMPO_OTLP, PROMETHEUS_URL),
      peer(ARGO_NAMESPACE, LOKI_URL, PROMETHEUS_URL, MARQUEZ_URL),
      peer(COMPUTE_NAMESPACE, MARQUEZ_URL),
      ...platform.config.observability.grafanaFrom.map((namespace) => ({ namespace, ports: [GRAFANA_PORT] })),
    ],
    ...(databases ? { toNamespaces: [{ namespace: DATABASE_NAMESPACE, ports: [POSTGRES_PORT] }] } : {}),
    egress: [
      // The alerts' receiver is somewhere outside.
      ...(platform.config.observability.alertWebhook === undefined ? [] : platform.config.egress),
      ...(aws === undefined || bucket === undefined ? [] : awsEgress(aws, ["s3"])),
      ...(databases ? [postgres] : []),
    ],
  };
}

function nodeAgentsAccess(platform: Platform): NetworkAccess {
  return {
    toNamespaces: [peer(MONITORING_NAMESPACE, LOKI_URL, TEMPO_OTLP, PROMETHEUS_URL)],
    ...(isInstalled(platform, "prometheus") ? { fromNamespaces: [MONITORING_NAMESPACE] } : {}),
  };
}
