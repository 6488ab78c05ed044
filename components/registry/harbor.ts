import * as aws from "@pulumi/aws";
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type AwsAccess, type Permission, planPolicy, STORAGE_CLASS } from "../cluster/index.ts";
import { PlatformSecret, type SecretStoreAccess, serverCertificate } from "../security/index.ts";
import {
  CHARTS,
  chartRelease,
  ON_SYSTEM_NODES,
  replicas,
  resources,
  type SystemArgs,
  spreadOver,
} from "../system/index.ts";
import type { DatabaseAccess } from "./access.ts";
import { HARBOR_NAMESPACE } from "./constants.ts";
import { Robots } from "./robots.ts";

export interface HarborStorage {
  readonly aws: AwsAccess;
  readonly bucket: string;
  /** Below the bucket, e.g. `harbor`. */
  readonly prefix: string;
  /** Rights to read, write and delete below it. */
  readonly permissions: readonly Permission[];
}

export interface HarborArgs extends SystemArgs {
  readonly secrets: SecretStoreAccess;
  readonly database: DatabaseAccess;
  readonly storage: HarborStorage;
  /** Name that nodes and people pull from, e.g. `registry.example.com`; behind a load balancer inside the network. Default: pods only. */
  readonly host?: string;
  /** ClusterIssuer whose certificates the nodes trust. Default: the platform's own authority, which they do not. */
  readonly issuer?: string;
}

const SECRETS = "harbor-secrets";
const STORAGE_SECRET = "harbor-s3";
const EXPOSED_TLS = "harbor-tls";
const TOKEN_TLS = "harbor-token";
const PARTS = ["core", "jobservice", "registry", "portal", "trivy"] as const;
export const HARBOR_HOST = `harbor.${HARBOR_NAMESPACE}.svc`;

export function planHarborValues(
  args: Pick<HarborArgs, "availability" | "monitoring" | "host"> & {
    readonly database: Pick<DatabaseAccess, "host" | "port" | "database" | "user"> & { readonly secretName: string };
    readonly storage: Pick<HarborStorage, "bucket" | "prefix"> & { readonly region: string };
  },
) {
  const { availability, database, storage } = args;
  const placed = (component: string) => ({
    nodeSelector: { ...ON_SYSTEM_NODES },
    topologySpreadConstraints: spreadOver({ app: "harbor", component }),
  });
  const several = (component: string) => ({
    ...placed(component),
    replicas: replicas(availability),
    podDisruptionBudget: { enabled: availability === "high", minAvailable: 1 },
  });
  const part = (component: string, memory = "256Mi") => ({
    ...several(component),
    resources: resources({ cpu: "50m", memory }),
  });
  const small = resources({ cpu: "50m", memory: "256Mi" });
  const volume = (size: string) => ({ storageClass: STORAGE_CLASS, size });
  return {
    expose: {
      type: args.host === undefined ? "clusterIP" : "loadBalancer",
      tls: { enabled: true, certSource: "secret", secret: { secretName: EXPOSED_TLS } },
      clusterIP: { name: "harbor" },
      loadBalancer: {
        name: "harbor",
        annotations: {
          "service.beta.kubernetes.io/aws-load-balancer-type": "nlb",
          "service.beta.kubernetes.io/aws-load-balancer-internal": "true",
        },
      },
    },
    externalURL: `https://${args.host ?? HARBOR_HOST}`,
    internalTLS: {
      enabled: true,
      certSource: "secret",
      ...Object.fromEntries(PARTS.map((name) => [name, { secretName: `harbor-${name}-tls` }])),
    },
    existingSecretAdminPassword: SECRETS,
    existingSecretSecretKey: SECRETS,
    persistence: {
      resourcePolicy: "keep",
      persistentVolumeClaim: { redis: volume("2Gi"), trivy: volume("5Gi") },
      imageChartStorage: {
        type: "s3",
        // Layers pass through Harbor: whoever pulls needs no way to S3.
        disableredirect: true,
        s3: { region: storage.region, bucket: storage.bucket },
      },
    },
    metrics: { enabled: args.monitoring, serviceMonitor: { enabled: args.monitoring } },
    database: {
      type: "external",
      external: {
        host: database.host,
        port: String(database.port),
        username: database.user,
        coreDatabase: database.database,
        existingSecret: database.secretName,
        sslmode: "require",
      },
      maxIdleConns: 10,
      maxOpenConns: 50,
    },
    // A cache and job queue of its own; lost, they fill again.
    redis: { type: "internal", internal: { nodeSelector: { ...ON_SYSTEM_NODES }, resources: small } },
    nginx: part("nginx"),
    portal: part("portal"),
    core: {
      ...part("core", "512Mi"),
      existingSecret: SECRETS,
      existingXsrfSecret: SECRETS,
      secretName: TOKEN_TLS,
    },
    jobservice: {
      ...part("jobservice", "512Mi"),
      existingSecret: SECRETS,
      // No volume that two replicas would have to share.
      jobLoggers: ["database"],
    },
    registry: {
      ...several("registry"),
      existingSecret: SECRETS,
      credentials: { username: "harbor_registry_user", existingSecret: SECRETS },
      registry: { extraEnvVars: s3Environment(storage.prefix), resources: resources({ cpu: "100m", memory: "512Mi" }) },
      controller: { extraEnvVars: s3Environment(storage.prefix), resources: small },
    },
    trivy: { ...several("trivy"), resources: resources({ cpu: "200m", memory: "1Gi" }) },
    exporter: part("exporter"),
  };
}

/** What the registry is told of S3 besides region and bucket. */
function s3Environment(prefix: string) {
  const key = (name: string, secretKey: string) => ({
    name,
    valueFrom: { secretKeyRef: { name: STORAGE_SECRET, key: secretKey } },
  });
  return [
    { name: "REGISTRY_STORAGE_S3_ROOTDIRECTORY", value: `/${prefix}` },
    key("REGISTRY_STORAGE_S3_ACCESSKEY", "accessKey"),
    key("REGISTRY_STORAGE_S3_SECRETKEY", "secretKey"),
  ];
}

/** Harbor: images in S3, everything else in Postgres, TLS between its parts too, and accounts for machines. */
export class Harbor extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];
  /** Name that images are pulled from. */
  readonly host: string;

  constructor(name: string, args: HarborArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:registry:Harbor", name, {}, opts);
    const child = { parent: this, provider: args.cluster.provider };
    this.host = args.host ?? HARBOR_HOST;
    const database = args.database.secret(HARBOR_NAMESPACE, { parent: this });
    const before = [
      ...this.secrets(name, args),
      ...this.s3User(name, args),
      ...this.certificates(name, args, child),
      ...database.ready,
      ...args.database.ready,
    ];
    const chart = chartRelease(
      `${name}-chart`,
      {
        chart: CHARTS.harbor,
        namespace: HARBOR_NAMESPACE,
        mirror: args.mirror,
        values: planHarborValues({
          ...args,
          database: { ...args.database, secretName: database.secretName },
          storage: { ...args.storage, region: args.storage.aws.region },
        }),
        timeout: 900,
      },
      { ...child, dependsOn: before },
    );
    const robots = new Robots(
      `${name}-robots`,
      { cluster: args.cluster, secrets: args.secrets, adminSecret: SECRETS, tlsSecret: "harbor-core-tls" },
      { parent: this, dependsOn: [chart] },
    );
    this.ready = [chart, ...robots.ready];
    // What the IAM user may do, for a preview that knows no ARN of its policy yet.
    this.registerOutputs({ host: this.host, permissions: args.storage.permissions });
  }

  /** All that the chart would otherwise make up anew with every upgrade. */
  private secrets(name: string, { cluster, secrets }: HarborArgs): pulumi.Resource[] {
    return new PlatformSecret(
      `${name}-secrets`,
      {
        cluster,
        store: secrets,
        namespace: HARBOR_NAMESPACE,
        secretName: SECRETS,
        data: Object.fromEntries(
          ["admin", "key", "core", "jobservice", "registryHttp", "registry", "csrf"].map((key) => [key, "generated"]),
        ),
        template: {
          HARBOR_ADMIN_PASSWORD: "{{ .admin }}",
          // Exactly 16 characters, says Harbor.
          secretKey: "{{ trunc 16 .key }}",
          secret: "{{ trunc 16 .core }}",
          JOBSERVICE_SECRET: "{{ trunc 16 .jobservice }}",
          REGISTRY_HTTP_SECRET: "{{ trunc 16 .registryHttp }}",
          REGISTRY_PASSWD: "{{ .registry }}",
          REGISTRY_HTPASSWD: '{{ htpasswd "harbor_registry_user" .registry }}',
          // Exactly 32.
          CSRF_KEY: "{{ .csrf }}",
        },
      },
      { parent: this },
    ).ready;
  }

  /**
   * Keys of an IAM user, because the registry inside Harbor knows neither Pod Identity nor IRSA (goharbor/harbor#22690): rights to
   * one prefix and nothing else, and the key goes from AWS to Vault without anybody seeing it.
   */
  private s3User(name: string, { cluster, secrets, storage }: HarborArgs): pulumi.Resource[] {
    const child = { parent: this, provider: storage.aws.provider };
    const user = new aws.iam.User(`${name}-s3`, { forceDestroy: true }, child);
    const policy = new aws.iam.UserPolicy(
      `${name}-s3`,
      { user: user.name, policy: pulumi.jsonStringify(planPolicy(storage.permissions, "Harbor's user")) },
      child,
    );
    const key = new aws.iam.AccessKey(
      `${name}-s3`,
      { user: user.name },
      { ...child, additionalSecretOutputs: ["secret", "sesSmtpPasswordV4"] },
    );
    const secret = new PlatformSecret(
      `${name}-s3`,
      {
        cluster,
        store: secrets,
        namespace: HARBOR_NAMESPACE,
        secretName: STORAGE_SECRET,
        data: { accessKey: key.id, secretKey: key.secret },
      },
      { parent: this },
    );
    return [policy, ...secret.ready];
  }

  private certificates(
    name: string,
    { host, issuer }: HarborArgs,
    child: pulumi.CustomResourceOptions,
  ): k8s.apiextensions.CustomResource[] {
    const certificate = (secretName: string, dnsNames: string[], extra: { issuer?: string; algorithm?: "RSA" } = {}) =>
      serverCertificate(
        `${name}-${secretName}`,
        { namespace: HARBOR_NAMESPACE, secretName, dnsNames, ...extra },
        child,
      );
    return [
      certificate(
        EXPOSED_TLS,
        host === undefined ? ["harbor", HARBOR_HOST] : [host],
        issuer === undefined ? {} : { issuer },
      ),
      // Signs tokens; Harbor reads RSA.
      certificate(TOKEN_TLS, ["harbor-token.invalid"], { algorithm: "RSA" }),
      ...PARTS.map((part) => certificate(`harbor-${part}-tls`, [`harbor-${part}`])),
    ];
  }
}
