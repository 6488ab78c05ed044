import * as pulumi from "@pulumi/pulumi";
import { type Cluster, PodRole } from "../cluster/index.ts";
import {
  type Availability,
  CHARTS,
  CONTAINER_SECURITY,
  chartRelease,
  ON_SYSTEM_NODES,
  POD_SECURITY,
  resources,
} from "../system/index.ts";
import { MONITORING_NAMESPACE, PROMETHEUS_URL } from "./constants.ts";
import { type ObjectStore, storePermissions } from "./object-store.ts";

export interface TempoSettings {
  /** How large it is: `high` holds some thousand traces that are not finished. */
  readonly availability: Availability;
  /** Days that traces are kept. */
  readonly retentionDays: number;
  /** Where blocks of traces go; none: its own disk. */
  readonly store?: ObjectStore | undefined;
  /** GiB of disk: traces not yet in the store, or all of them where there is none. */
  readonly storageGiB: number;
  /** Whether Prometheus is there to scrape, and to take what is counted from spans. */
  readonly monitoring: boolean;
}

export interface TempoArgs extends TempoSettings {
  readonly cluster: Cluster;
  readonly mirror?: string | undefined;
}

const SERVICE_ACCOUNT = "tempo";

/**
 * Values of the chart. One replica in every environment: while it restarts, the collectors keep what they could not hand over
 * and send it after; what is in the store stays readable. Traces explain, nothing is decided by them.
 */
export function planTempoValues(args: TempoSettings) {
  const { store } = args;
  return {
    fullnameOverride: "tempo",
    replicas: 1,
    tempo: {
      retention: `${args.retentionDays * 24}h`,
      reportingEnabled: false,
      // OTLP only: what has no reader opens no port.
      receivers: {
        jaeger: null,
        otlp: { protocols: { grpc: { endpoint: "0.0.0.0:4317" }, http: { endpoint: "0.0.0.0:4318" } } },
      },
      storage: {
        trace:
          store === undefined
            ? { backend: "local" }
            : {
                backend: "s3",
                s3: {
                  bucket: store.bucket,
                  prefix: store.prefix,
                  endpoint: `s3.${store.region}.amazonaws.com`,
                  region: store.region,
                },
              },
      },
      metricsGenerator: {
        enabled: args.monitoring,
        remoteWriteUrl: `${PROMETHEUS_URL}/api/v1/write`,
      },
      overrides: {
        defaults: args.monitoring ? { metrics_generator: { processors: ["service-graphs", "span-metrics"] } } : {},
      },
      memBallastSizeMbs: 256,
      resources: resources(
        args.availability === "high" ? { cpu: "500m", memory: "3Gi" } : { cpu: "100m", memory: "1Gi" },
      ),
      securityContext: CONTAINER_SECURITY,
      extraVolumeMounts: [{ name: "scratch", mountPath: "/tmp" }],
    },
    extraVolumes: [{ name: "scratch", emptyDir: { sizeLimit: "1Gi" } }],
    securityContext: { ...POD_SECURITY, runAsUser: 10_001, runAsGroup: 10_001, fsGroup: 10_001 },
    serviceAccount: { create: true, name: SERVICE_ACCOUNT, automountServiceAccountToken: false },
    persistence: { enabled: true, size: `${args.storageGiB}Gi` },
    nodeSelector: { ...ON_SYSTEM_NODES },
    serviceMonitor: { enabled: args.monitoring },
  };
}

/** Traces: a submission's own span, and one below it per node. */
export class Tempo extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: TempoArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:observability:Tempo", name, {}, opts);
    const { aws } = args.cluster;
    const rights =
      aws === undefined || args.store === undefined
        ? []
        : new PodRole(
            name,
            {
              aws,
              namespace: MONITORING_NAMESPACE,
              serviceAccount: SERVICE_ACCOUNT,
              permissions: storePermissions(args.store),
            },
            { parent: this },
          ).ready;
    const release = chartRelease(
      `${name}-chart`,
      { chart: CHARTS.tempo, mirror: args.mirror, namespace: MONITORING_NAMESPACE, values: planTempoValues(args) },
      { parent: this, provider: args.cluster.provider, dependsOn: rights },
    );
    this.ready = [release];
    this.registerOutputs({ retentionDays: args.retentionDays });
  }
}
