import * as pulumi from "@pulumi/pulumi";
import { STORAGE_CLASS } from "../cluster/index.ts";
import { DeliveredSecret, PLATFORM_ISSUER, PlatformSecret, type SecretStoreAccess } from "../security/index.ts";
import {
  CHARTS,
  CONTAINER_SECURITY,
  type ContainerSize,
  chartRelease,
  ON_SYSTEM_NODES,
  POD_SECURITY,
  replicas,
  resources,
  type SystemArgs,
} from "../system/index.ts";
import { ADMIN_PORT, KAFKA_PORT, REDPANDA_NAMESPACE, REDPANDA_RELEASE } from "./constants.ts";

export interface TieredStorage {
  readonly bucket: string;
  readonly region: string;
  /** Role with rights to the bucket that the brokers' account may take on by its own token (IRSA). */
  readonly roleArn: string;
}

export interface RedpandaArgs extends SystemArgs {
  readonly secrets: SecretStoreAccess;
  /** Each broker's disk, GiB. gp3 costs about 0.08 USD per GiB and month. Default: 50. */
  readonly storageGib?: number;
  /** Whole cores, and memory of at least 2.5 GiB for each. Default: 1 core, 2.5 GiB. */
  readonly size?: ContainerSize;
  /** Old segments go to S3; needs a licence at `redpanda/license` in Vault. Default: they stay on the brokers' disks. */
  readonly tieredStorage?: TieredStorage;
  /** Refuse to delete the brokers: jobs that wait would go with them. Default: false. */
  readonly protect?: boolean;
}

/** Every superuser of the brokers: the operator's own account. People have none. */
export const SUPERUSER = "kubernetes-controller";
const SUPERUSER_SECRET = "redpanda-superuser";
const USERS_SECRET = "redpanda-users";
const LICENCE_SECRET = "redpanda-license";
/** Made by the chart from its certificate `default`; its `ca.crt` is the platform's authority. */
export const BROKER_TLS_SECRET = `${REDPANDA_RELEASE}-default-cert`;

/** Names of the brokers inside the cluster. */
export const brokerHosts = (count: number) =>
  Array.from(
    { length: count },
    (_, index) => `${REDPANDA_RELEASE}-${index}.${REDPANDA_RELEASE}.${REDPANDA_NAMESPACE}.svc.cluster.local`,
  );
export const brokerCount = ({ availability }: Pick<SystemArgs, "availability">) => replicas(availability, 3);

export function planRedpandaValues(
  args: Pick<RedpandaArgs, "availability" | "monitoring" | "storageGib" | "size" | "tieredStorage">,
) {
  const { cpu, memory } = args.size ?? { cpu: "1", memory: "2.5Gi" };
  const certificate = {
    caEnabled: true,
    issuerRef: { name: PLATFORM_ISSUER, kind: "ClusterIssuer", group: "cert-manager.io" },
    // Clients check the names inside the cluster.
    applyInternalDNSNames: true,
    duration: "2160h",
  };
  return {
    fullnameOverride: REDPANDA_RELEASE,
    // A rack is a zone: replicas of a partition are spread over them.
    rackAwareness: { enabled: true, nodeAnnotation: "topology.kubernetes.io/zone" },
    console: { enabled: false },
    tests: { enabled: false },
    external: { enabled: false, service: { enabled: false } },
    logging: { usageStats: { enabled: false } },
    monitoring: { enabled: args.monitoring },
    auth: {
      sasl: {
        enabled: true,
        mechanism: "SCRAM-SHA-512",
        secretRef: USERS_SECRET,
        users: [],
        bootstrapUser: {
          name: SUPERUSER,
          mechanism: "SCRAM-SHA-512",
          secretKeyRef: { name: SUPERUSER_SECRET, key: "password" },
        },
      },
    },
    tls: { enabled: true, certs: { default: certificate, external: certificate } },
    // Nobody uses them: two doors less.
    listeners: {
      admin: { port: ADMIN_PORT, external: { default: { enabled: false } } },
      kafka: { port: KAFKA_PORT, authenticationMethod: "sasl", external: { default: { enabled: false } } },
      http: { enabled: false },
      schemaRegistry: { enabled: false },
    },
    resources: { cpu: { cores: Number(cpu) }, memory: { container: { min: memory, max: memory } } },
    storage: {
      persistentVolume: { enabled: true, size: `${args.storageGib ?? 50}Gi`, storageClass: STORAGE_CLASS },
      ...(args.tieredStorage === undefined ? {} : { tiered: { config: planTieredStorage(args.tieredStorage) } }),
    },
    ...(args.tieredStorage === undefined
      ? {}
      : { enterprise: { licenseSecretRef: { name: LICENCE_SECRET, key: "license" } } }),
    serviceAccount: {
      create: true,
      name: REDPANDA_RELEASE,
      ...(args.tieredStorage === undefined
        ? {}
        : { annotations: { "eks.amazonaws.com/role-arn": args.tieredStorage.roleArn } }),
    },
    // A privileged container on the node would do it; the nodes' own limit is enough for a core or two.
    tuning: { tune_aio_events: false },
    config: {
      cluster: {
        // A topic exists because somebody wrote it down.
        auto_create_topics_enabled: false,
        default_topic_replications: brokerCount(args),
        // `continuous` needs a licence.
        partition_autobalancing_mode: "node_add",
      },
    },
    podTemplate: { spec: { securityContext: { ...POD_SECURITY, runAsUser: 101, fsGroup: 101 } } },
    statefulset: {
      replicas: brokerCount(args),
      budget: { maxUnavailable: 1 },
      podTemplate: { spec: { nodeSelector: { ...ON_SYSTEM_NODES } } },
    },
    post_install_job: { enabled: true, podTemplate: { spec: { nodeSelector: { ...ON_SYSTEM_NODES } } } },
  };
}

/** Redpanda knows IRSA and instance metadata, not Pod Identity: of the two only the first is the brokers' own. */
const planTieredStorage = ({ bucket, region }: TieredStorage) => ({
  cloud_storage_enabled: true,
  cloud_storage_bucket: bucket,
  cloud_storage_region: region,
  cloud_storage_credentials_source: "sts",
});

export function planRedpandaOperatorValues({
  availability,
  monitoring,
}: Pick<SystemArgs, "availability" | "monitoring">) {
  return {
    fullnameOverride: "redpanda-operator",
    replicaCount: replicas(availability),
    crds: { enabled: true, experimental: false },
    telemetry: { enabled: false },
    monitoring: { enabled: monitoring },
    nodeSelector: { ...ON_SYSTEM_NODES },
    podTemplate: {
      spec: {
        securityContext: { ...POD_SECURITY, runAsUser: 65_532 },
        containers: [
          {
            name: "manager",
            securityContext: CONTAINER_SECURITY,
            resources: resources({ cpu: "100m", memory: "512Mi" }),
          },
        ],
      },
    },
  };
}

/**
 * The brokers, and the operator that makes topics and users of them.
 *
 * Brokers come from the plain chart, not from the operator's `Redpanda` kind: what they are then stands in the values, where
 * policies and previews see it, and the operator can be away without a broker noticing. Topics and users are its kinds, because
 * they must be watched: who deletes one by hand gets it back.
 */
export class Redpanda extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];
  /** `host:port` of every broker, comma-separated. */
  readonly bootstrap: string;

  constructor(name: string, args: RedpandaArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:queue:Redpanda", name, {}, opts);
    const child = { parent: this, provider: args.cluster.provider };
    const secrets = this.credentials(name, args);
    const brokers = chartRelease(
      `${name}-chart`,
      {
        chart: CHARTS.redpanda,
        release: REDPANDA_RELEASE,
        namespace: REDPANDA_NAMESPACE,
        mirror: args.mirror,
        values: planRedpandaValues(args),
        timeout: 900,
      },
      { ...child, dependsOn: secrets, protect: args.protect ?? false },
    );
    const operator = chartRelease(
      `${name}-operator`,
      {
        chart: CHARTS.redpandaOperator,
        release: "redpanda-operator",
        namespace: REDPANDA_NAMESPACE,
        mirror: args.mirror,
        values: planRedpandaOperatorValues(args),
      },
      child,
    );
    this.ready = [brokers, operator];
    this.bootstrap = brokerHosts(brokerCount(args))
      .map((host) => `${host}:${KAFKA_PORT}`)
      .join(",");
    this.registerOutputs({ bootstrap: this.bootstrap });
  }

  private credentials(name: string, { cluster, secrets, tieredStorage }: RedpandaArgs): pulumi.Resource[] {
    const common = { cluster, store: secrets, namespace: REDPANDA_NAMESPACE };
    const superuser = new PlatformSecret(
      `${name}-superuser`,
      { ...common, secretName: SUPERUSER_SECRET, data: { username: SUPERUSER, password: "generated" } },
      { parent: this },
    );
    // The chart's own form of the same account.
    const users = new DeliveredSecret(
      `${name}-users`,
      {
        ...common,
        secretName: USERS_SECRET,
        path: superuser.path,
        template: { "users.txt": "{{ .username }}:{{ .password }}:SCRAM-SHA-512\n" },
      },
      { parent: this, dependsOn: superuser.ready },
    );
    const licence =
      tieredStorage === undefined
        ? []
        : new DeliveredSecret(
            `${name}-license`,
            { ...common, secretName: LICENCE_SECRET, path: "redpanda/license" },
            { parent: this },
          ).ready;
    return [...superuser.ready, ...users.ready, ...licence];
  }
}

/** How the operator itself reaches the brokers, for every topic and user. */
export const planOperatorAccess = (count: number) => {
  const key = (name: string, secretKey: string) => ({ secretKeyRef: { name, key: secretKey } });
  const tls = { enabled: true, caCert: key(BROKER_TLS_SECRET, "ca.crt") };
  const sasl = {
    username: SUPERUSER,
    mechanism: "SCRAM-SHA-512",
    password: key(SUPERUSER_SECRET, "password"),
  };
  return {
    staticConfiguration: {
      kafka: { brokers: brokerHosts(count).map((host) => `${host}:${KAFKA_PORT}`), tls, sasl },
      admin: { urls: brokerHosts(count).map((host) => `https://${host}:${ADMIN_PORT}`), tls, sasl },
    },
  };
};
