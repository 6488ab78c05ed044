import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type AwsAccess, type Permission, PodRole, STORAGE_CLASS } from "../cluster/index.ts";
import { MANAGED_BY, serverCertificate } from "../security/index.ts";
import {
  type Availability,
  CHARTS,
  CONTAINER_SECURITY,
  type ContainerSize,
  chartRelease,
  ON_SYSTEM_NODES,
  POD_SECURITY,
  replicas,
  resources,
  type SystemArgs,
  spreadOver,
} from "../system/index.ts";
import { CNPG_NAMESPACE, DATABASE_NAMESPACE, DATABASES } from "./constants.ts";
import { userSecret } from "./databases.ts";

const API = "postgresql.cnpg.io/v1";
/** Name of the cluster; its Service for writers is `<name>-rw`, its account has the same name. */
const CLUSTER = "postgres";
const TLS_SECRET = "postgres-tls";
export const CNPG_HOST = `${CLUSTER}-rw.${DATABASE_NAMESPACE}.svc`;
/** Ports on which the API server calls the operator. */
export const CNPG_WEBHOOK_PORTS: readonly number[] = [9443];
/** On which the operator asks each server how it is. */
export const CNPG_STATUS_PORT = 8000;

export interface Backups {
  readonly aws: AwsAccess;
  /** E.g. `s3://bucket/postgres`. */
  readonly destination: string;
  /** Rights to read and write below it. */
  readonly permissions: readonly Permission[];
  /** Days that can be gone back to. */
  readonly days: number;
}

export interface CloudNativePgArgs extends SystemArgs {
  /** Each server's disk, GiB. Default: 20. */
  readonly storageGib?: number;
  /** Default: 250m and 1 GiB. */
  readonly size?: ContainerSize;
  /** Default: none, and a lost disk is lost. */
  readonly backups?: Backups;
  /** Refuse to delete the servers. Default: false. */
  readonly protect?: boolean;
}

export function planCnpgOperatorValues({ availability, monitoring }: Pick<SystemArgs, "availability" | "monitoring">) {
  return {
    fullnameOverride: "cloudnative-pg",
    replicaCount: replicas(availability),
    crds: { create: true },
    podSecurityContext: POD_SECURITY,
    containerSecurityContext: { ...CONTAINER_SECURITY, runAsUser: 10_001, runAsGroup: 10_001 },
    resources: resources({ cpu: "50m", memory: "256Mi" }),
    nodeSelector: { ...ON_SYSTEM_NODES },
    topologySpreadConstraints: spreadOver({ "app.kubernetes.io/name": "cloudnative-pg" }),
    monitoring: { podMonitorEnabled: monitoring },
  };
}

/** Spec of the servers: one that is written to and, where it is highly available, two that follow and take over. */
export function planPostgresCluster(args: {
  readonly availability: Availability;
  readonly storageGib?: number | undefined;
  readonly size?: ContainerSize | undefined;
  readonly backups?: Pick<Backups, "destination" | "days"> | undefined;
}) {
  const instances = replicas(args.availability, 3);
  return {
    instances,
    enableSuperuserAccess: false,
    enablePDB: instances > 1,
    primaryUpdateStrategy: "unsupervised",
    storage: { size: `${args.storageGib ?? 20}Gi`, storageClass: STORAGE_CLASS },
    resources: resources(args.size ?? { cpu: "250m", memory: "1Gi" }),
    bootstrap: {
      initdb: {
        database: "registry",
        owner: "registry",
        secret: { name: userSecret("registry") },
        dataChecksums: true,
      },
    },
    // A password that is replaced in Vault is replaced here.
    managed: {
      roles: DATABASES.map((database) => ({
        name: database,
        ensure: "present",
        login: true,
        passwordSecret: { name: userSecret(database) },
      })),
    },
    certificates: { serverTLSSecret: TLS_SECRET, serverCASecret: TLS_SECRET },
    postgresql: {
      // Before CloudNativePG's own last line, which lets in whoever has a password: without TLS nobody.
      pg_hba: ["hostnossl all all all reject"],
      parameters: { password_encryption: "scram-sha-256", log_min_duration_statement: "1000" },
      ...(instances > 1 ? { synchronous: { method: "any", number: 1, dataDurability: "preferred" } } : {}),
    },
    affinity: {
      enablePodAntiAffinity: true,
      topologyKey: "topology.kubernetes.io/zone",
      podAntiAffinityType: "preferred",
      nodeSelector: { ...ON_SYSTEM_NODES },
    },
    seccompProfile: { type: "RuntimeDefault" },
    ...(args.backups === undefined
      ? {}
      : {
          backup: {
            retentionPolicy: `${args.backups.days}d`,
            barmanObjectStore: {
              destinationPath: args.backups.destination,
              s3Credentials: { inheritFromIAMRole: true },
              data: { compression: "gzip" },
              wal: { compression: "gzip" },
            },
          },
        }),
  };
}

/** Postgres in the cluster: cheaper than RDS, and a person's work when a disk is lost without backups. */
export class CloudNativePg extends pulumi.ComponentResource {
  readonly host = CNPG_HOST;
  readonly ready: pulumi.Resource[];

  /** @param name of the component; its `opts` must depend on both namespaces and on the users' Secrets */
  constructor(name: string, args: CloudNativePgArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:registry:CloudNativePg", name, {}, opts);
    const child = { parent: this, provider: args.cluster.provider };
    const operator = chartRelease(
      `${name}-chart`,
      {
        chart: CHARTS.cloudnativePg,
        namespace: CNPG_NAMESPACE,
        mirror: args.mirror,
        values: planCnpgOperatorValues(args),
      },
      child,
    );
    const tls = serverCertificate(
      CLUSTER,
      {
        namespace: DATABASE_NAMESPACE,
        secretName: TLS_SECRET,
        dnsNames: ["rw", "ro", "r"].flatMap((way) => [
          `${CLUSTER}-${way}`,
          `${CLUSTER}-${way}.${DATABASE_NAMESPACE}.svc`,
        ]),
      },
      child,
    );
    const role = args.backups === undefined ? [] : this.backupRole(name, args.backups);
    const server = this.object("Cluster", CLUSTER, planPostgresCluster(args), args, {
      dependsOn: [operator, tls, ...role],
      protect: args.protect ?? false,
    });
    const databases = DATABASES.map((database) =>
      this.object(
        "Database",
        database,
        // Taken out of this list, a database stays on the server until a person drops it.
        { name: database, owner: database, cluster: { name: CLUSTER }, databaseReclaimPolicy: "retain" },
        args,
        { dependsOn: [server] },
      ),
    );
    const nightly =
      args.backups === undefined
        ? []
        : [
            this.object(
              "ScheduledBackup",
              "nightly",
              // Seconds first: every night at three.
              { schedule: "0 0 3 * * *", cluster: { name: CLUSTER }, backupOwnerReference: "self", immediate: true },
              args,
              { dependsOn: [server] },
            ),
          ];
    this.ready = [server, ...databases, ...nightly];
    this.registerOutputs({ host: this.host });
  }

  private backupRole(name: string, { aws, permissions }: Backups): pulumi.Resource[] {
    return new PodRole(
      `${name}-backups`,
      { aws, namespace: DATABASE_NAMESPACE, serviceAccount: CLUSTER, permissions },
      { parent: this },
    ).ready;
  }

  private object(
    kind: "Cluster" | "Database" | "ScheduledBackup",
    objectName: string,
    spec: object,
    { cluster }: CloudNativePgArgs,
    opts: pulumi.CustomResourceOptions,
  ): k8s.apiextensions.CustomResource {
    return new k8s.apiextensions.CustomResource(
      `postgres-${kind.toLowerCase()}-${objectName}`,
      {
        apiVersion: API,
        kind,
        metadata: {
          name: objectName,
          namespace: DATABASE_NAMESPACE,
          labels: { ...MANAGED_BY },
          ...(kind === "Cluster" ? { annotations: { "pulumi.com/waitFor": "condition=Ready" } } : {}),
        },
        spec,
      },
      { parent: this, provider: cluster.provider, ...opts },
    );
  }
}
