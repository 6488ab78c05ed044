import * as pulumi from "@pulumi/pulumi";
import { type Cluster, PodRole } from "../cluster/index.ts";
import {
  type Availability,
  CHARTS,
  CONTAINER_SECURITY,
  chartRelease,
  ON_SYSTEM_NODES,
  replicas,
  resources,
  spreadOver,
} from "../system/index.ts";
import { MONITORING_NAMESPACE } from "./constants.ts";
import { type ObjectStore, storePermissions } from "./object-store.ts";

export interface LokiSettings {
  readonly availability: Availability;
  /** Days that lines are kept. */
  readonly retentionDays: number;
  /** Where chunks and index go; none: a disk of one replica's own. */
  readonly store?: ObjectStore | undefined;
  /** GiB of disk of each replica: what is not yet in the store, or all of it where there is none. */
  readonly storageGiB: number;
  /** StorageClass of the disks. Default: the cluster's default class. */
  readonly storageClass?: string | undefined;
  /** Whether Prometheus is there to scrape. */
  readonly monitoring: boolean;
}

export interface LokiArgs extends LokiSettings {
  readonly cluster: Cluster;
  readonly mirror?: string | undefined;
}

const SERVICE_ACCOUNT = "loki";

/**
 * Values of the chart: every part of Loki in one binary, one or three of it. That carries some hundred gigabytes a day;
 * the split into a dozen deployments would cost more than it gives before that.
 */
export function planLokiValues(args: LokiSettings) {
  const copies = args.store === undefined ? 1 : replicas(args.availability, 3);
  return {
    fullnameOverride: "loki",
    deploymentMode: "Monolithic",
    loki: {
      // One tenant: who may read which team's lines is the submission API's decision, which asks with the team's namespace.
      auth_enabled: false,
      commonConfig: { replication_factor: copies },
      storage: store(args.store),
      schemaConfig: {
        configs: [
          {
            from: "2026-01-01",
            store: "tsdb",
            object_store: args.store === undefined ? "filesystem" : "s3",
            schema: "v13",
            index: { prefix: "index_", period: "24h" },
          },
        ],
      },
      limits_config: {
        retention_period: `${args.retentionDays * 24}h`,
        // submission_id and node_id are metadata of a line, not labels of a stream; `alloy-config.ts` says why.
        allow_structured_metadata: true,
        reject_old_samples: true,
        reject_old_samples_max_age: "168h",
        // A mistake with labels shows up as refused streams, not as an index that no longer fits.
        max_global_streams_per_user: 20_000,
        volume_enabled: true,
      },
      compactor: {
        retention_enabled: true,
        delete_request_store: args.store === undefined ? "filesystem" : "s3",
        working_directory: "/var/loki/compactor",
      },
      analytics: { reporting_enabled: false },
      containerSecurityContext: CONTAINER_SECURITY,
    },
    serviceAccount: { create: true, name: SERVICE_ACCOUNT },
    singleBinary: {
      replicas: copies,
      // Rules come from Prometheus: no sidecar that reads ConfigMaps.
      sidecar: false,
      resources: resources(copies > 1 ? { cpu: "500m", memory: "2Gi" } : { cpu: "100m", memory: "1Gi" }),
      nodeSelector: { ...ON_SYSTEM_NODES },
      topologySpreadConstraints: spreadOver({
        "app.kubernetes.io/name": "loki",
        "app.kubernetes.io/component": "single-binary",
      }),
      podDisruptionBudget: { enabled: copies > 1, maxUnavailable: 1 },
      persistence: {
        size: `${args.storageGiB}Gi`,
        ...(args.storageClass === undefined ? {} : { storageClass: args.storageClass }),
        // The index and the newest lines outlive the release.
        whenScaled: "Retain",
        whenDeleted: "Retain",
      },
    },
    // One binary needs nobody in front of it, and its own memory is cache enough.
    gateway: { enabled: false },
    chunksCache: { enabled: false },
    resultsCache: { enabled: false },
    lokiCanary: { enabled: false },
    test: { enabled: false },
    monitoring: { serviceMonitor: { enabled: args.monitoring } },
  };
}

function store(s3: ObjectStore | undefined) {
  if (s3 === undefined) return { type: "filesystem", use_thanos_objstore: false };
  return {
    type: "s3",
    // The client that knows a prefix: systems share a bucket without seeing each other's objects.
    use_thanos_objstore: true,
    bucketNames: { chunks: s3.bucket, ruler: s3.bucket, admin: s3.bucket },
    object_store: {
      type: "s3",
      storage_prefix: s3.prefix,
      s3: { endpoint: `s3.${s3.region}.amazonaws.com`, region: s3.region },
    },
  };
}

/** Logs of everything that runs, found by submission, pipeline and node. */
export class Loki extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: LokiArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:observability:Loki", name, {}, opts);
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
      { chart: CHARTS.loki, mirror: args.mirror, namespace: MONITORING_NAMESPACE, values: planLokiValues(args) },
      { parent: this, provider: args.cluster.provider, dependsOn: rights },
    );
    this.ready = [release];
    this.registerOutputs({ retentionDays: args.retentionDays });
  }
}
