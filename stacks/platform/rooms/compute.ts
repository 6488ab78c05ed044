import type * as pulumi from "@pulumi/pulumi";
import { awsEgress, type Cluster } from "../../../components/cluster/index.ts";
import {
  COMPUTE_NAMESPACE,
  FlinkOperator,
  type IcebergCatalog,
  KuberayOperator,
  MATERIALIZE_NAMESPACE,
  MATERIALIZE_PORT,
  Materialize,
  OPERATED_PORTS,
  OPERATORS,
  OPERATORS_NAMESPACE,
  RAY_METRICS_PORT,
  RayServe,
  type Redis,
  rayMonitor,
  SERVE_PORT,
  SERVING_NAMESPACE,
  SPARK_WEBHOOK_PORT,
  SparkOperator,
  TRINO_PORT,
  Trino,
} from "../../../components/compute/index.ts";
import {
  MARQUEZ_URL,
  MONITORING_NAMESPACE,
  NODE_AGENTS_NAMESPACE,
  OTLP_PORTS,
} from "../../../components/observability/constants.ts";
import { type BrokerAccess, KAFKA_PORT, REDPANDA_NAMESPACE } from "../../../components/queue/index.ts";
import {
  DATABASE_NAMESPACE,
  type DatabaseAccess,
  type DatabaseName,
  POSTGRES_PORT,
} from "../../../components/registry/index.ts";
import {
  DeliveredSecret,
  type Peer,
  type SecretStoreAccess,
  type TeamPeers,
} from "../../../components/security/index.ts";
import { isInstalled, type Platform, systemNamespace } from "../platform.ts";
import type { PlatformConfig } from "../schema.ts";
import { artifactLocation } from "../settings.ts";
import type { Buckets } from "./capacity.ts";

export interface ComputeNeeds {
  /** Where passwords are kept; undefined: neither Trino nor Materialize can be installed. */
  readonly secrets: SecretStoreAccess | undefined;
  readonly databases: Readonly<Record<DatabaseName, DatabaseAccess>> | undefined;
  readonly brokers: BrokerAccess | undefined;
  readonly buckets: Buckets | undefined;
  readonly dependsOn: pulumi.Resource[];
}

export interface ComputeRoom {
  /** What later rooms depend on when they need this one up. */
  readonly ready: pulumi.Resource[];
}

/** What DAG kinds run on: operators, SQL engines, the inference gateway. */
export function computeRoom(platform: Platform, needs: ComputeNeeds): ComputeRoom {
  const operating = operators(platform, needs);
  return {
    ready: [
      ...operating,
      ...trino(platform, needs),
      ...materialize(platform, needs),
      ...serving(platform, needs, operating),
    ],
  };
}

/** What every system of this room is told. */
const common = (platform: Platform) => ({
  cluster: platform.cluster,
  availability: platform.config.availability,
  mirror: platform.config.chartMirror,
  monitoring: isInstalled(platform, "prometheus"),
});

const scraped = (platform: Platform) => (isInstalled(platform, "prometheus") ? [MONITORING_NAMESPACE] : []);
/** Where traces go. */
const collector = (platform: Pick<Platform, "config">): Peer[] =>
  isInstalled(platform, "open-telemetry") ? [{ namespace: NODE_AGENTS_NAMESPACE, ports: OTLP_PORTS }] : [];
const everyTeam = (...ports: readonly number[]): TeamPeers => ({ teams: "every", ports });

function operators(platform: Platform, { dependsOn }: ComputeNeeds): pulumi.Resource[] {
  const installed = OPERATORS.filter((operator) => isInstalled(platform, operator));
  if (installed.length === 0) return [];
  const namespace = systemNamespace(
    platform,
    OPERATORS_NAMESPACE,
    {
      webhookPorts: [SPARK_WEBHOOK_PORT],
      fromNamespaces: scraped(platform),
      toNamespaces: [everyTeam(...OPERATED_PORTS), { namespace: SERVING_NAMESPACE, ports: OPERATED_PORTS }],
    },
    { dependsOn },
  );
  const inNamespace = { dependsOn: [...dependsOn, namespace] };
  const make = {
    kuberay: () => new KuberayOperator("kuberay", common(platform), inNamespace),
    "spark-operator": () => new SparkOperator("spark-operator", common(platform), inNamespace),
    "flink-kubernetes-operator": () => new FlinkOperator("flink-kubernetes-operator", common(platform), inNamespace),
  };
  const ready = installed.flatMap((operator) => make[operator]().ready);
  if (isInstalled(platform, "kuberay") && isInstalled(platform, "prometheus")) {
    rayMonitor("ray-monitor", { provider: platform.cluster.provider, ...inNamespace });
  }
  return ready;
}

function trino(platform: Platform, { secrets, dependsOn }: ComputeNeeds): pulumi.Resource[] {
  const { cluster, config } = platform;
  const catalog = icebergCatalog(config);
  // The configuration was refused already where it asks for Trino and names no catalog.
  if (!isInstalled(platform, "trino") || catalog === undefined || secrets === undefined) return [];
  const { aws } = cluster;
  const lineage = isInstalled(platform, "marquez");
  // The lake's catalog may be brought along into the same namespace.
  const ports = [
    TRINO_PORT,
    ...inCluster([config.endpoints.icebergCatalog]).flatMap((one) =>
      one.namespace === COMPUTE_NAMESPACE ? one.ports : [],
    ),
  ];
  const namespace = systemNamespace(
    platform,
    COMPUTE_NAMESPACE,
    {
      fromNamespaces: [everyTeam(...ports), ...scraped(platform)],
      toNamespaces: [
        ...(lineage ? [peer(MONITORING_NAMESPACE, MARQUEZ_URL)] : []),
        ...inCluster(catalog.kind === "rest" ? [catalog.uri] : []).filter(
          ({ namespace: name }) => name !== COMPUTE_NAMESPACE,
        ),
      ],
      egress: [...config.egress, ...(aws === undefined ? [] : awsEgress(aws, ["s3"]))],
    },
    { dependsOn },
  );
  return new Trino(
    "trino",
    {
      ...common(platform),
      secrets,
      region: config.region,
      catalog,
      coordinator: config.trino.coordinator,
      worker: config.trino.worker,
      workers: config.trino.workers,
      pool: config.trino.pool,
      lineage: lineage ? MARQUEZ_URL : undefined,
    },
    { dependsOn: [...dependsOn, namespace] },
  ).ready;
}

function icebergCatalog({ trino: { catalog }, endpoints }: PlatformConfig): IcebergCatalog | undefined {
  return catalog?.kind === "rest" ? { ...catalog, uri: endpoints.icebergCatalog } : catalog;
}

function materialize(platform: Platform, needs: ComputeNeeds): pulumi.Resource[] {
  const { cluster, config } = platform;
  const { secrets, databases, brokers, buckets, dependsOn } = needs;
  const { licencePath } = config.materialize;
  if (!isInstalled(platform, "materialize") || licencePath === undefined) return [];
  if (secrets === undefined || databases === undefined || buckets === undefined) return [];
  const { aws } = cluster;
  const namespace = systemNamespace(
    platform,
    MATERIALIZE_NAMESPACE,
    {
      fromNamespaces: [everyTeam(MATERIALIZE_PORT), ...scraped(platform)],
      toNamespaces: [
        { namespace: DATABASE_NAMESPACE, ports: [POSTGRES_PORT] },
        ...(brokers === undefined ? [] : [{ namespace: REDPANDA_NAMESPACE, ports: [KAFKA_PORT] }]),
      ],
      egress: [
        { name: "postgres", cidrs: [aws?.vpcCidr ?? "0.0.0.0/0"], ports: [POSTGRES_PORT] },
        ...(aws === undefined ? [] : awsEgress(aws, ["s3"])),
      ],
    },
    // Its operator makes the pods, and not all of what `restricted` asks for can be set.
    { podSecurity: "baseline", dependsOn },
  );
  return new Materialize(
    "materialize",
    {
      ...common(platform),
      secrets,
      licencePath,
      memoryGi: config.materialize.memoryGi,
      clientImage: config.materialize.clientImage,
      database: databases.materialize,
      bucket: buckets.platform,
      brokers,
    },
    { dependsOn: [...dependsOn, namespace, ...buckets.platform.ready] },
  ).ready;
}

function serving(platform: Platform, needs: ComputeNeeds, operating: pulumi.Resource[]): pulumi.Resource[] {
  const { cluster, config } = platform;
  const { image, callers, redis, ...settings } = config.serving;
  if (!isInstalled(platform, "ray-serve") || image === undefined) return [];
  const { aws } = cluster;
  const namespace = systemNamespace(
    platform,
    SERVING_NAMESPACE,
    {
      fromNamespaces: [
        everyTeam(SERVE_PORT),
        ...callers.map((name) => ({ namespace: name, ports: [SERVE_PORT] })),
        { namespace: OPERATORS_NAMESPACE, ports: OPERATED_PORTS },
        ...scraped(platform),
      ],
      toNamespaces: collector(platform),
      egress: [...(aws === undefined ? [] : awsEgress(aws, ["s3"])), ...redisEgress(redis)],
    },
    { dependsOn: needs.dependsOn },
  );
  const inNamespace = [...needs.dependsOn, namespace];
  const store = redisStore(platform, needs, redis, SERVING_NAMESPACE, inNamespace);
  return new RayServe(
    "inference",
    {
      ...common(platform),
      ...settings,
      image,
      redis: store.redis,
      models:
        needs.buckets === undefined
          ? undefined
          : { bucket: needs.buckets.artifacts, prefix: artifactLocation(config).prefix },
    },
    { dependsOn: [...inNamespace, ...operating, ...store.ready] },
  ).ready;
}

type RedisConfig = NonNullable<PlatformConfig["serving"]["redis"]>;

const redisEgress = (redis: RedisConfig | undefined) =>
  redis === undefined ? [] : [{ name: "redis", cidrs: redis.cidrs, ports: [portOf(redis.address)] }];

/** A person puts Redis' password into Vault; here it is brought to whose head needs it. */
function redisStore(
  { cluster }: Platform,
  { secrets }: Pick<ComputeNeeds, "secrets">,
  redis: RedisConfig | undefined,
  namespace: string,
  dependsOn: pulumi.Resource[],
): { redis: Redis | undefined; ready: pulumi.Resource[] } {
  if (redis === undefined) return { redis: undefined, ready: [] };
  if (redis.passwordPath === undefined || secrets === undefined)
    return { redis: { address: redis.address }, ready: [] };
  const { secretName, ready } = new DeliveredSecret(
    `${namespace}-ray-redis`,
    { cluster, store: secrets, namespace, secretName: "ray-redis", path: redis.passwordPath },
    { dependsOn },
  );
  return { redis: { address: redis.address, secretName }, ready };
}

const portOf = (address: string) => Number(/:(\d+)(?:\/|$)/.exec(address)?.[1]);
const peer = (namespace: string, url: string): Peer => ({ namespace, ports: [portOf(url)] });

/** The namespaces that addresses of services in this cluster lie in. */
function inCluster(urls: readonly string[]): Peer[] {
  return urls.flatMap((url) => {
    const host = /^[a-z0-9-]+\.([a-z0-9-]+)\.svc(?:\.[a-z.]+)?$/.exec(new URL(url).hostname);
    return host?.[1] === undefined ? [] : [{ namespace: host[1], ports: [portOf(url)] }];
  });
}

/** One entry per namespace: each becomes a network policy named after it. */
function merged(peers: readonly Peer[]): { namespace: string; ports: number[] }[] {
  const ports = Map.groupBy(peers, ({ namespace }) => namespace);
  return [...ports].map(([namespace, all]) => ({
    namespace,
    ports: [...new Set(all.flatMap((one) => one.ports))].sort((a, b) => a - b),
  }));
}

/** What a team's pods may open connections to because of what runs here, and who may to them. */
export function engineAccess(platform: Pick<Platform, "config"> & { readonly cluster: Pick<Cluster, "kind"> }): {
  fromNamespaces: { namespace: string; ports: number[] }[];
  toNamespaces: { namespace: string; ports: number[] }[];
} {
  const { endpoints, featureAccess } = platform.config;
  const monitored = isInstalled(platform, "prometheus");
  const operated = OPERATORS.some((operator) => isInstalled(platform, operator));
  return {
    toNamespaces: merged([
      ...(isInstalled(platform, "trino") ? inCluster([endpoints.trino]) : []),
      ...(isInstalled(platform, "materialize") ? inCluster([endpoints.materialize]) : []),
      ...(platform.cluster.kind === "embedded" ? [] : inCluster([endpoints.icebergCatalog])),
      ...(isInstalled(platform, "ray-serve") ? [{ namespace: SERVING_NAMESPACE, ports: [SERVE_PORT] }] : []),
      ...collector(platform),
      ...(featureAccess === undefined
        ? []
        : [{ namespace: featureAccess.namespace, ports: [portOf(featureAccess.endpoint)] }]),
    ]),
    fromNamespaces: merged([
      ...(operated ? [{ namespace: OPERATORS_NAMESPACE, ports: OPERATED_PORTS }] : []),
      ...(monitored ? [{ namespace: MONITORING_NAMESPACE, ports: [RAY_METRICS_PORT] }] : []),
    ]),
  };
}
