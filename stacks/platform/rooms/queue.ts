import type * as pulumi from "@pulumi/pulumi";
import { awsEgress } from "../../../components/cluster/index.ts";
import { MATERIALIZE_NAMESPACE } from "../../../components/compute/constants.ts";
import { MONITORING_NAMESPACE } from "../../../components/observability/constants.ts";
import {
  ADMIN_PORT,
  type BrokerAccess,
  brokerCount,
  KAFKA_PORT,
  KEDA_NAMESPACE,
  KEDA_WEBHOOK_PORTS,
  Keda,
  REDPANDA_NAMESPACE,
  Redpanda,
  Topics,
} from "../../../components/queue/index.ts";
import type { SecretStoreAccess } from "../../../components/security/index.ts";
import { ARGO_NAMESPACE } from "../../../components/workflow/constants.ts";
import { isInstalled, type Platform, systemNamespace } from "../platform.ts";

export interface QueueNeeds {
  /** Where the users' passwords are kept; undefined: no brokers. */
  readonly secrets: SecretStoreAccess | undefined;
  /** Where old segments go, if config wants it. Default: nowhere. */
  readonly bucket?: { readonly bucket: string };
  readonly dependsOn: pulumi.Resource[];
}

export interface QueueRoom {
  /** What later rooms depend on when they need this one up. */
  readonly ready: pulumi.Resource[];
  /** Defined where Redpanda is installed. */
  readonly brokers: BrokerAccess | undefined;
}

const KEDA_METRICS = [8080];

/** Jobs that wait, and what makes more dispatchers of them. */
export function queueRoom(platform: Platform, needs: QueueNeeds): QueueRoom {
  const scaler = keda(platform, needs);
  const brokers = redpanda(platform, needs);
  return { ready: [...scaler, ...(brokers?.ready ?? [])], brokers };
}

const common = (platform: Platform) => ({
  cluster: platform.cluster,
  availability: platform.config.availability,
  mirror: platform.config.chartMirror,
  monitoring: isInstalled(platform, "prometheus"),
});

const scraped = (platform: Platform, ports: readonly number[]) =>
  isInstalled(platform, "prometheus") ? [{ namespace: MONITORING_NAMESPACE, ports }] : [];

function keda(platform: Platform, { dependsOn }: QueueNeeds): pulumi.Resource[] {
  if (!isInstalled(platform, "keda")) return [];
  const namespace = systemNamespace(
    platform,
    KEDA_NAMESPACE,
    {
      webhookPorts: KEDA_WEBHOOK_PORTS,
      toNamespaces: [{ namespace: REDPANDA_NAMESPACE, ports: [KAFKA_PORT] }],
      fromNamespaces: scraped(platform, KEDA_METRICS),
    },
    { dependsOn },
  );
  return new Keda("keda", common(platform), { dependsOn: [namespace] }).ready;
}

function redpanda(platform: Platform, { secrets, bucket, dependsOn }: QueueNeeds): BrokerAccess | undefined {
  if (!isInstalled(platform, "redpanda") || secrets === undefined) return undefined;
  const { cluster, config } = platform;
  const { redpanda: settings } = config;
  const tiered = settings.tieredStorage !== undefined && cluster.aws !== undefined && bucket !== undefined;
  const consumers = [
    ARGO_NAMESPACE,
    KEDA_NAMESPACE,
    ...(isInstalled(platform, "materialize") ? [MATERIALIZE_NAMESPACE] : []),
  ];
  const namespace = systemNamespace(
    platform,
    REDPANDA_NAMESPACE,
    {
      fromNamespaces: [
        ...consumers.map((consumer) => ({ namespace: consumer, ports: [KAFKA_PORT] })),
        ...scraped(platform, [ADMIN_PORT]),
      ],
      ...(tiered && cluster.aws !== undefined ? { egress: awsEgress(cluster.aws, ["s3", "sts"]) } : {}),
    },
    // Its own containers say less than the restricted level wants to hear.
    { dependsOn, podSecurity: "baseline" },
  );
  const brokers = new Redpanda(
    "redpanda",
    {
      ...common(platform),
      secrets,
      protect: config.protect,
      storageGib: settings.storageGib,
      size: { cpu: String(settings.cores), memory: `${settings.memoryGib}Gi` },
      ...(tiered && settings.tieredStorage !== undefined && bucket !== undefined
        ? { tieredStorage: { bucket: bucket.bucket, region: config.region, roleArn: settings.tieredStorage.roleArn } }
        : {}),
    },
    { dependsOn: [namespace, ...dependsOn] },
  );
  const topics = new Topics(
    "redpanda-topics",
    {
      cluster,
      secrets,
      brokers: brokerCount(config),
      bootstrap: brokers.bootstrap,
      settings,
      protect: config.protect,
    },
    { dependsOn: brokers.ready },
  );
  return topics.access;
}
