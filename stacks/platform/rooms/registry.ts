import type * as pulumi from "@pulumi/pulumi";
import { awsEgress, type Bucket } from "../../../components/cluster/index.ts";
import { MATERIALIZE_NAMESPACE } from "../../../components/compute/constants.ts";
import { MONITORING_NAMESPACE } from "../../../components/observability/constants.ts";
import {
  CloudNativePg,
  CNPG_HOST,
  CNPG_NAMESPACE,
  CNPG_STATUS_PORT,
  CNPG_WEBHOOK_PORTS,
  DATABASE_NAMESPACE,
  type DatabaseAccess,
  type DatabaseName,
  DatabaseUsers,
  HARBOR_NAMESPACE,
  Harbor,
  POSTGRES_PORT,
  RdsDatabases,
  RdsPostgres,
} from "../../../components/registry/index.ts";
import type { NetworkAccess, SecretStoreAccess } from "../../../components/security/index.ts";
import { ARGO_NAMESPACE } from "../../../components/workflow/constants.ts";
import { isInstalled, type Platform, systemNamespace } from "../platform.ts";

export interface RegistryNeeds {
  /** Where passwords are kept; undefined: nothing here can be installed. */
  readonly secrets: SecretStoreAccess | undefined;
  /** Where images and backups go, below `harbor/` and `postgres/`. Default: no Harbor, no backups. */
  readonly bucket?: Bucket | undefined;
  readonly dependsOn: pulumi.Resource[];
}

export interface RegistryRoom {
  /** What later rooms depend on when they need this one up. */
  readonly ready: pulumi.Resource[];
  /** Defined where Postgres is installed. */
  readonly databases: Readonly<Record<DatabaseName, DatabaseAccess>> | undefined;
}

/** Where the platform's systems keep what they know, and where images come from. */
export function registryRoom(platform: Platform, needs: RegistryNeeds): RegistryRoom {
  const databases = postgres(platform, needs);
  const images = databases === undefined ? [] : harbor(platform, needs, databases.harbor);
  return { ready: [...(databases?.registry.ready ?? []), ...images], databases };
}

const common = (platform: Platform) => ({
  cluster: platform.cluster,
  availability: platform.config.availability,
  mirror: platform.config.chartMirror,
  monitoring: isInstalled(platform, "prometheus"),
});

const scraped = (platform: Platform, ports: readonly number[]) =>
  isInstalled(platform, "prometheus") ? [{ namespace: MONITORING_NAMESPACE, ports }] : [];

/** What pods need to reach the databases, wherever they are. */
export const databaseAccess = ({ cluster, config }: Platform): NetworkAccess =>
  config.postgres.kind === "rds"
    ? { egress: [{ name: "postgres", cidrs: [cluster.aws?.vpcCidr ?? "0.0.0.0/0"], ports: [POSTGRES_PORT] }] }
    : { toNamespaces: [{ namespace: DATABASE_NAMESPACE, ports: [POSTGRES_PORT] }] };

function postgres(platform: Platform, needs: RegistryNeeds): RegistryRoom["databases"] {
  const { secrets, dependsOn } = needs;
  if (!isInstalled(platform, "postgres") || secrets === undefined) return undefined;
  const { cluster, config } = platform;
  const namespace = systemNamespace(platform, DATABASE_NAMESPACE, databaseNamespaceAccess(platform), { dependsOn });
  const users = new DatabaseUsers("postgres-users", { cluster, secrets }, { dependsOn: [namespace, ...secrets.ready] });
  if (config.postgres.kind === "cloudnative-pg") {
    return users.access(CNPG_HOST, cloudNativePg(platform, needs, [namespace, ...users.ready]));
  }
  const { aws } = cluster;
  if (aws === undefined) return undefined;
  const server = new RdsPostgres(
    "postgres",
    { aws, identifier: `${cluster.facts.name}-registry`, protect: config.protect, ...config.postgres },
    { dependsOn },
  );
  const { ready } = new RdsDatabases(
    "postgres-databases",
    { cluster, aws, host: server.host, adminSecretArn: server.adminSecretArn },
    { dependsOn: [...server.ready, ...users.ready] },
  );
  return users.access(server.host, ready);
}

/** Who comes to the servers, if they are in the cluster; the Job that sets RDS up goes out. */
function databaseNamespaceAccess(platform: Platform): NetworkAccess {
  const { cluster, config } = platform;
  if (config.postgres.kind === "rds") return databaseAccess(platform);
  const users = [
    ARGO_NAMESPACE,
    ...(isInstalled(platform, "harbor") ? [HARBOR_NAMESPACE] : []),
    ...(isInstalled(platform, "materialize") ? [MATERIALIZE_NAMESPACE] : []),
  ];
  return {
    fromNamespaces: [
      ...users.map((namespace) => ({ namespace, ports: [POSTGRES_PORT] })),
      { namespace: CNPG_NAMESPACE, ports: [CNPG_STATUS_PORT, POSTGRES_PORT] },
      // Grafana and Marquez live there, and Prometheus reads the servers' metrics.
      ...(isInstalled(platform, "prometheus") || isInstalled(platform, "marquez")
        ? [{ namespace: MONITORING_NAMESPACE, ports: [POSTGRES_PORT, 9187] }]
        : []),
    ],
    ...(cluster.aws === undefined ? {} : { egress: awsEgress(cluster.aws, ["s3"]) }),
  };
}

function cloudNativePg(
  platform: Platform,
  { bucket, dependsOn }: RegistryNeeds,
  before: pulumi.Resource[],
): pulumi.Resource[] {
  const { cluster, config } = platform;
  if (config.postgres.kind !== "cloudnative-pg") return [];
  const { storageGib, backupDays } = config.postgres;
  const operator = systemNamespace(
    platform,
    CNPG_NAMESPACE,
    {
      webhookPorts: CNPG_WEBHOOK_PORTS,
      toNamespaces: [{ namespace: DATABASE_NAMESPACE, ports: [CNPG_STATUS_PORT, POSTGRES_PORT] }],
      fromNamespaces: scraped(platform, [8080]),
    },
    { dependsOn },
  );
  const { aws } = cluster;
  const prefix = "postgres/";
  return new CloudNativePg(
    "cloudnative-pg",
    {
      ...common(platform),
      storageGib,
      protect: config.protect,
      ...(bucket === undefined || aws === undefined || backupDays === 0
        ? {}
        : {
            backups: {
              aws,
              destination: `s3://${bucket.bucket}/postgres`,
              permissions: bucket.permissions({ read: [prefix], write: [prefix], delete: [prefix] }),
              days: backupDays,
            },
          }),
    },
    { dependsOn: [operator, ...before] },
  ).ready;
}

function harbor(
  platform: Platform,
  { secrets, bucket, dependsOn }: RegistryNeeds,
  database: DatabaseAccess,
): pulumi.Resource[] {
  const { cluster, config } = platform;
  const { aws } = cluster;
  if (!isInstalled(platform, "harbor") || secrets === undefined || bucket === undefined || aws === undefined) return [];
  const ports = [8443];
  const reached = databaseAccess(platform);
  const namespace = systemNamespace(
    platform,
    HARBOR_NAMESPACE,
    {
      ...reached,
      fromNamespaces: [{ namespace: ARGO_NAMESPACE, ports }, { teams: "every", ports }, ...scraped(platform, [8001])],
      // The load balancer and the nodes behind it are no pods: they come from the network's own addresses.
      ...(config.harbor.host === undefined ? {} : { webhookPorts: ports }),
      egress: [...(reached.egress ?? []), ...awsEgress(aws, ["s3"])],
    },
    // Its images write to their own root; everything else of `restricted` they keep.
    { dependsOn },
  );
  const prefix = "harbor/";
  return new Harbor(
    "harbor",
    {
      ...common(platform),
      secrets,
      database,
      storage: {
        aws,
        bucket: bucket.bucket,
        prefix: "harbor",
        permissions: bucket.permissions({ read: [prefix], write: [prefix], delete: [prefix] }),
      },
      ...config.harbor,
    },
    { dependsOn: [namespace, ...dependsOn] },
  ).ready;
}
