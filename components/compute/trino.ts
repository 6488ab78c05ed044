import * as pulumi from "@pulumi/pulumi";
import { type NodePool, POOLS, PodRole } from "../cluster/index.ts";
import { PlatformSecret, type SecretStoreAccess } from "../security/index.ts";
import {
  CHARTS,
  CONTAINER_SECURITY,
  type ContainerSize,
  chartRelease,
  ON_SYSTEM_NODES,
  POD_SECURITY,
  resources,
  type SystemArgs,
  spreadOver,
} from "../system/index.ts";
import { COMPUTE_NAMESPACE, TRINO_PORT } from "./constants.ts";
import { type IcebergCatalog, icebergPermissions, planTrinoCatalog } from "./iceberg.ts";
import { onPool } from "./ray-pods.ts";

/** Size of a process whose heap is most of its memory. */
export interface JvmSize {
  /** Cores. */
  readonly cpu: number;
  /** GiB; three quarters are heap. */
  readonly memoryGi: number;
}

export interface TrinoSettings {
  readonly region: string;
  readonly catalog: IcebergCatalog;
  readonly coordinator: JvmSize;
  readonly worker: JvmSize;
  /** Workers: at least, at most. The same: no autoscaling. */
  readonly workers: { readonly min: number; readonly max: number };
  /** Pool of the workers. */
  readonly pool: NodePool["name"];
  /** Where OpenLineage events go. Default: nowhere. */
  readonly lineage?: string | undefined;
  /** Whether there is a Prometheus that finds service monitors. */
  readonly monitoring: boolean;
}

export interface TrinoArgs extends TrinoSettings, Omit<SystemArgs, "availability"> {
  readonly secrets: SecretStoreAccess;
}

const SERVICE_ACCOUNT = "trino";
const SECRET = "trino-internal";
const SECRET_VARIABLE = "TRINO_SHARED_SECRET";
/** Seconds that a worker that is told to go may take to finish what it runs; the pod gets twice that. */
const GRACE = 300;
const TRINO_USER = 1000;

const heap = ({ memoryGi }: JvmSize) => Math.floor(memoryGi * 0.75);
const size = ({ cpu, memoryGi }: JvmSize): ContainerSize => ({ cpu: String(cpu), memory: `${memoryGi}Gi` });

/** Values of the chart. One coordinator: Trino knows no second one, and a query lost with it is a node that is tried again. */
export function planTrinoValues(args: TrinoSettings) {
  const pool = POOLS.find(({ name }) => name === args.pool) ?? POOLS[0];
  const perNode = Math.max(1, Math.floor(heap(args.worker) * 0.6));
  return {
    fullnameOverride: "trino",
    image: { tag: CHARTS.trino.appVersion },
    server: {
      workers: args.workers.min,
      config: { query: { maxMemory: `${perNode * args.workers.max}GB` } },
      autoscaling: {
        enabled: args.workers.max > args.workers.min,
        maxReplicas: args.workers.max,
        targetCPUUtilizationPercentage: 70,
        targetMemoryUtilizationPercentage: "",
        behavior: { scaleDown: { stabilizationWindowSeconds: GRACE } },
      },
    },
    additionalConfigProperties: [
      `internal-communication.shared-secret=\${ENV:${SECRET_VARIABLE}}`,
      "http-server.process-forwarded=true",
      // A query that nobody reads the answer of.
      "query.client.timeout=5m",
    ],
    envFrom: [{ secretRef: { name: SECRET } }],
    resourceGroups: {
      type: "configmap",
      resourceGroupsConfig: JSON.stringify(planResourceGroups(), undefined, 2),
    },
    ...(args.lineage === undefined ? {} : { eventListenerProperties: lineageListener(args.lineage) }),
    // Helm merges: the chart's sample catalogs go only when told to.
    catalogs: { iceberg: planTrinoCatalog(args.catalog, args.region), tpch: null, tpcds: null },
    securityContext: { ...POD_SECURITY, runAsUser: TRINO_USER, runAsGroup: TRINO_USER },
    // Trino unpacks and logs below its own folders in the image.
    containerSecurityContext: { ...CONTAINER_SECURITY, readOnlyRootFilesystem: false },
    service: { port: TRINO_PORT },
    serviceAccount: { create: true, name: SERVICE_ACCOUNT },
    coordinator: {
      jvm: { maxHeapSize: `${heap(args.coordinator)}G` },
      config: { query: { maxMemoryPerNode: `${Math.max(1, Math.floor(heap(args.coordinator) * 0.6))}GB` } },
      resources: resources(size(args.coordinator)),
      nodeSelector: { ...ON_SYSTEM_NODES },
    },
    worker: {
      jvm: { maxHeapSize: `${heap(args.worker)}G` },
      config: { query: { maxMemoryPerNode: `${perNode}GB` } },
      resources: resources(size(args.worker)),
      ...onPool(pool),
      topologySpreadConstraints: spreadOver({
        "app.kubernetes.io/name": "trino",
        "app.kubernetes.io/component": "worker",
      }),
      // Takes no new work, finishes what it has, then goes.
      gracefulShutdown: { enabled: true, gracePeriodSeconds: GRACE },
      terminationGracePeriodSeconds: 2 * GRACE,
    },
    jmx: {
      enabled: args.monitoring,
      exporter: {
        enabled: args.monitoring,
        configProperties: JMX_RULES,
        securityContext: CONTAINER_SECURITY,
        resources: resources({ cpu: "50m", memory: "128Mi" }),
      },
    },
    serviceMonitor: { enabled: args.monitoring, interval: "30s" },
  };
}

const lineageListener = (url: string) => [
  "event-listener.name=openlineage",
  `openlineage-event-listener.trino.uri=http://trino.${COMPUTE_NAMESPACE}.svc:${TRINO_PORT}`,
  "openlineage-event-listener.transport.type=HTTP",
  `openlineage-event-listener.transport.url=${url}`,
  "openlineage-event-listener.transport.endpoint=/api/v1/lineage",
];

/** What a dashboard asks of it: queries that run and wait, and memory. */
const JMX_RULES = [
  "hostPort: localhost:{{- .Values.jmx.registryPort }}",
  "startDelaySeconds: 0",
  "ssl: false",
  'includeObjectNames: ["trino.execution:name=QueryManager", "trino.memory:type=ClusterMemoryPool,*", "java.lang:type=Memory"]',
  "rules:",
  "  - pattern: '.*'",
  "",
].join("\n");

/** What Trino puts the name of a query's user for: a query's user is its team. */
const EACH_TEAM = "${USER}";

/**
 * Every team a group of its own, made when it first asks: half of the memory at most, and no more queries at a time than can be
 * fed; the rest wait in their own queue.
 */
export function planResourceGroups() {
  return {
    rootGroups: [
      {
        name: "orch",
        softMemoryLimit: "95%",
        hardConcurrencyLimit: 100,
        maxQueued: 5000,
        schedulingPolicy: "fair",
        subGroups: [{ name: EACH_TEAM, softMemoryLimit: "50%", hardConcurrencyLimit: 40, maxQueued: 1000 }],
      },
    ],
    selectors: [{ group: `orch.${EACH_TEAM}` }],
  };
}

/** SQL over the lake. */
export class Trino extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];

  /** @param args its namespace is `COMPUTE_NAMESPACE`: depend on it */
  constructor(name: string, args: TrinoArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:compute:Trino", name, {}, opts);
    const { cluster } = args;
    const secret = new PlatformSecret(
      `${name}-internal`,
      {
        cluster,
        store: args.secrets,
        namespace: COMPUTE_NAMESPACE,
        secretName: SECRET,
        data: { [SECRET_VARIABLE]: "generated" },
      },
      { parent: this },
    );
    const role =
      cluster.aws === undefined
        ? []
        : new PodRole(
            name,
            {
              aws: cluster.aws,
              namespace: COMPUTE_NAMESPACE,
              serviceAccount: SERVICE_ACCOUNT,
              permissions: icebergPermissions(args.catalog, cluster.aws),
            },
            { parent: this },
          ).ready;
    const release = chartRelease(
      `${name}-chart`,
      { chart: CHARTS.trino, mirror: args.mirror, namespace: COMPUTE_NAMESPACE, values: planTrinoValues(args) },
      { parent: this, provider: cluster.provider, dependsOn: [...secret.ready, ...role] },
    );
    this.ready = [release];
    this.registerOutputs({ catalog: args.catalog.kind });
  }
}
