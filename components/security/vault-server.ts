import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type AwsAccess, PodRole, STORAGE_CLASS } from "../cluster/index.ts";
import {
  type Availability,
  CHARTS,
  CONTAINER_SECURITY,
  chartRelease,
  ON_SYSTEM_NODES,
  POD_SECURITY,
  replicas,
  resources,
  type SystemArgs,
  spreadOver,
} from "../system/index.ts";
import { serverCertificate } from "./cert-manager.ts";
import { AUDIT_FOLDER, VAULT_HOST, VAULT_NAMESPACE, VAULT_PORT, VAULT_TLS_SECRET, VAULT_URL } from "./constants.ts";

export interface VaultServerArgs extends SystemArgs {
  /** Keeps the key it is unsealed with. */
  readonly aws: AwsAccess;
  /** Refuse to delete the key: without it nothing that Vault holds can ever be read. Default: false. */
  readonly protect?: boolean;
}

const TLS_FOLDER = "/vault/tls";
const DATA_FOLDER = "/vault/data";

/** The server's own configuration file. */
export function planVaultConfig(availability: Availability, seal: { region: string; key: string }) {
  const tls = { tls_cert_file: `${TLS_FOLDER}/tls.crt`, tls_key_file: `${TLS_FOLDER}/tls.key` };
  return {
    ui: false,
    // Memory that is not locked needs no capability; nodes have no swap.
    disable_mlock: true,
    listener: {
      tcp: {
        address: `[::]:${VAULT_PORT}`,
        cluster_address: `[::]:${VAULT_PORT + 1}`,
        ...tls,
        tls_min_version: "tls12",
        // Who may scrape is the network policy's matter.
        telemetry: { unauthenticated_metrics_access: true },
      },
    },
    storage: {
      raft: {
        path: DATA_FOLDER,
        retry_join: Array.from({ length: replicas(availability, 3) }, (_, index) => ({
          leader_api_addr: `https://vault-${index}.vault-internal:${VAULT_PORT}`,
          leader_ca_cert_file: `${TLS_FOLDER}/ca.crt`,
          leader_tls_servername: VAULT_HOST,
        })),
      },
    },
    seal: { awskms: { region: seal.region, kms_key_id: seal.key } },
    service_registration: { kubernetes: {} },
    telemetry: { prometheus_retention_time: "24h", disable_hostname: true },
  };
}

export function planVaultValues(
  { availability, monitoring }: Pick<SystemArgs, "availability" | "monitoring">,
  seal: { region: string; key: string },
) {
  const volume = (mountPath: string) => ({ enabled: true, size: "10Gi", mountPath, storageClass: STORAGE_CLASS });
  return {
    fullnameOverride: "vault",
    global: { tlsDisable: false, serverTelemetry: { prometheusOperator: monitoring } },
    // Secrets come by External Secrets: no sidecars, no webhook before every pod.
    injector: { enabled: false },
    csi: { enabled: false },
    ui: { enabled: false },
    server: {
      logFormat: "json",
      resources: resources({ cpu: "250m", memory: "512Mi" }),
      extraEnvironmentVars: { VAULT_CACERT: `${TLS_FOLDER}/ca.crt`, VAULT_TLS_SERVER_NAME: VAULT_HOST },
      volumes: [
        { name: "tls", secret: { secretName: VAULT_TLS_SECRET, defaultMode: 0o440 } },
        { name: "tmp", emptyDir: {} },
      ],
      volumeMounts: [
        { name: "tls", mountPath: TLS_FOLDER, readOnly: true },
        { name: "tmp", mountPath: "/tmp" },
      ],
      nodeSelector: { ...ON_SYSTEM_NODES },
      topologySpreadConstraints: spreadOver({ "app.kubernetes.io/name": "vault", component: "server" }),
      dataStorage: volume(DATA_FOLDER),
      auditStorage: volume(AUDIT_FOLDER),
      // A person restarts the servers one by one, the active one last: quorum is theirs to watch.
      updateStrategyType: "OnDelete",
      standalone: { enabled: false },
      ha: {
        enabled: true,
        replicas: replicas(availability, 3),
        raft: { enabled: true, setNodeId: true, config: JSON.stringify(planVaultConfig(availability, seal)) },
        disruptionBudget: { enabled: availability === "high", maxUnavailable: 1 },
      },
      serviceAccount: { create: true, name: "vault" },
      statefulSet: {
        securityContext: {
          pod: { ...POD_SECURITY, runAsUser: 100, runAsGroup: 1000, fsGroup: 1000 },
          container: CONTAINER_SECURITY,
        },
      },
    },
    serverTelemetry: {
      serviceMonitor: {
        enabled: monitoring,
        tlsConfig: {
          ca: { secret: { name: VAULT_TLS_SECRET, key: "ca.crt" } },
          serverName: VAULT_HOST,
        },
      },
    },
  };
}

/** What Vault may do with its key, and nothing else. */
export const SEAL_ACTIONS = ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"] as const;

/**
 * Vault's servers: Raft storage, TLS, unsealed by a KMS key. They come up sealed and empty; `npm run vault:initialise` is the
 * next step, and only then can anything be configured.
 */
export class VaultServer extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: VaultServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:security:VaultServer", name, {}, opts);
    const child = { parent: this, provider: args.cluster.provider };
    const seal = this.sealKey(name, args);
    const role = new PodRole(
      `${name}-unseal`,
      {
        aws: args.aws,
        namespace: VAULT_NAMESPACE,
        serviceAccount: "vault",
        permissions: [{ actions: [...SEAL_ACTIONS], resources: [seal.key.arn] }],
      },
      { parent: this },
    );
    const tls = serverCertificate(
      name,
      {
        namespace: VAULT_NAMESPACE,
        secretName: VAULT_TLS_SECRET,
        dnsNames: [VAULT_HOST, "vault", "localhost", "*.vault-internal", `vault-active.${VAULT_NAMESPACE}.svc`],
        ipAddresses: ["127.0.0.1"],
      },
      child,
    );
    const chart = chartRelease(
      `${name}-chart`,
      {
        chart: CHARTS.vault,
        namespace: VAULT_NAMESPACE,
        mirror: args.mirror,
        values: planVaultValues(args, { region: args.aws.region, key: seal.alias }),
        // It is ready when somebody has initialised it.
        wait: false,
      },
      { ...child, dependsOn: [tls, ...role.ready, ...seal.ready], protect: args.protect ?? false },
    );
    this.ready = [chart];
    this.registerOutputs({ url: VAULT_URL });
  }

  /** Named by an alias, so that the server's configuration is known before the key exists. */
  private sealKey(name: string, args: VaultServerArgs) {
    const child = { parent: this, provider: args.aws.provider };
    const alias = `alias/${args.cluster.facts.name}-vault`;
    const key = new aws.kms.Key(
      `${name}-seal`,
      { description: `Unseals Vault of ${args.cluster.facts.name}`, enableKeyRotation: true, deletionWindowInDays: 30 },
      { ...child, protect: args.protect ?? false },
    );
    const named = new aws.kms.Alias(`${name}-seal`, { name: alias, targetKeyId: key.keyId }, child);
    return { key, alias, ready: [named] };
  }
}
