import type * as pulumi from "@pulumi/pulumi";
import {
  AUTOSCALER_NAMESPACE,
  AUTOSCALER_SERVICES,
  type AwsAccess,
  autoscalerMonitor,
  awsEgress,
  BALLOON_NAMESPACE,
  Balloons,
  Bucket,
  ClusterAutoscaler,
  DEVICE_PLUGIN_NAMESPACE,
  DevicePlugin,
  type Lifecycle,
  MetricsServer,
} from "../../../components/cluster/index.ts";
import { MONITORING_NAMESPACE } from "../../../components/observability/constants.ts";
import { isInstalled, type Platform, systemNamespace } from "../platform.ts";
import { BUCKET_SUFFIXES } from "../schema/capacity.ts";

export interface CapacityRoom {
  /** What later rooms depend on when they need this one up. */
  readonly ready: pulumi.Resource[];
  /** None where the stack does not make the cluster: buckets are then brought along. */
  readonly buckets?: Buckets;
}

export interface Buckets {
  /** What runs read and write: `models/`, `reports/`, `runs/`, `logs/`. */
  readonly artifacts: Bucket;
  /** What the platform's own systems keep, each below a prefix of its name. */
  readonly platform: Bucket;
  /** Exports of the audit, locked; where config asks for them. */
  readonly audit?: Bucket;
}

/** Machines when they are needed, and where the work's data is kept. */
export function capacityRoom(platform: Platform): CapacityRoom {
  const { aws } = platform.cluster;
  if (aws === undefined) return { ready: [] };
  const devices = devicePlugin(platform);
  const metrics = metricsServer(platform);
  const autoscaler = clusterAutoscaler(platform, aws);
  balloons(platform, autoscaler);
  const buckets = artifactBuckets(platform, aws);
  const stored = Object.values(buckets).flatMap((bucket: Bucket) => bucket.ready);
  return { ready: [...devices, ...metrics, ...autoscaler, ...stored], buckets };
}

/** What Prometheus reads of this room; when it is up, for it needs nodes of this room to come up. */
export function capacityMonitoring(platform: Platform, dependsOn: pulumi.Resource[]): void {
  if (!isInstalled(platform, "prometheus") || !isInstalled(platform, "cluster-autoscaler")) return;
  autoscalerMonitor("cluster-autoscaler-monitor", {}, { provider: platform.cluster.provider, dependsOn });
}

function devicePlugin(platform: Platform): pulumi.Resource[] {
  const { cluster, config } = platform;
  // It reads the node's devices; Pod Security knows no level between that and everything.
  const namespace = systemNamespace(platform, DEVICE_PLUGIN_NAMESPACE, {}, { podSecurity: "privileged" });
  return new DevicePlugin("nvidia-device-plugin", { cluster, mirror: config.chartMirror }, { dependsOn: [namespace] })
    .ready;
}

function metricsServer({ cluster, config }: Platform): pulumi.Resource[] {
  return new MetricsServer("metrics-server", {
    cluster,
    availability: config.availability,
    mirror: config.chartMirror,
  }).ready;
}

function clusterAutoscaler(platform: Platform, aws: AwsAccess): pulumi.Resource[] {
  if (!isInstalled(platform, "cluster-autoscaler")) return [];
  const { cluster, config } = platform;
  const namespace = systemNamespace(platform, AUTOSCALER_NAMESPACE, {
    egress: awsEgress(aws, AUTOSCALER_SERVICES),
    ...(isInstalled(platform, "prometheus") ? { fromNamespaces: [MONITORING_NAMESPACE] } : {}),
  });
  return new ClusterAutoscaler(
    "cluster-autoscaler",
    { cluster, aws, availability: config.availability, mirror: config.chartMirror },
    { dependsOn: [namespace] },
  ).ready;
}

function balloons(platform: Platform, autoscaler: pulumi.Resource[]): void {
  const { cluster, config } = platform;
  if (Object.keys(config.balloons).length === 0) return;
  const namespace = systemNamespace(platform, BALLOON_NAMESPACE);
  new Balloons(
    "balloons",
    { cluster, sizes: config.balloons, image: config.balloonImage },
    { dependsOn: [namespace, ...autoscaler] },
  );
}

function artifactBuckets({ environment, config }: Platform, aws: AwsAccess): Buckets {
  const { artifacts, storage, protect } = config;
  const name = storage.uri.slice("s3://".length);
  const { noncurrentDays, transition, expireRunsDays, auditLock } = artifacts;
  const expire = expireRunsDays === undefined ? undefined : { "runs/": expireRunsDays, "logs/": expireRunsDays };
  const lifecycle: Lifecycle = { noncurrentDays, transition };
  const resource = (what: string) => `orch-${environment}-${what}`;
  return {
    artifacts: new Bucket(resource("artifacts"), { aws, bucket: name, protect, lifecycle: { ...lifecycle, expire } }),
    platform: new Bucket(resource("platform"), {
      aws,
      bucket: `${name}${BUCKET_SUFFIXES.platform}`,
      protect,
      lifecycle: { noncurrentDays },
    }),
    ...(auditLock === undefined
      ? {}
      : {
          audit: new Bucket(resource("audit"), {
            aws,
            bucket: `${name}${BUCKET_SUFFIXES.audit}`,
            // The lock is what protects it; it could not be deleted anyway.
            protect: true,
            lifecycle,
            objectLock: auditLock,
          }),
        }),
  };
}
