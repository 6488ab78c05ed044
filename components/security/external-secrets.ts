import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../cluster/index.ts";
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
  spreadOver,
} from "../system/index.ts";
import {
  EXTERNAL_SECRETS_API,
  EXTERNAL_SECRETS_NAMESPACE,
  MANAGED_BY,
  PLATFORM_MOUNT,
  PLATFORM_STORE,
  TEAM_LABEL,
  VAULT_AUDIENCE,
  VAULT_KUBERNETES_AUTH,
  VAULT_NAMESPACE,
  VAULT_TLS_SECRET,
  VAULT_URL,
} from "./constants.ts";

/** The controller's account; it may ask for tokens of named accounts only. */
export const EXTERNAL_SECRETS_ACCOUNT = "external-secrets";
/** As whom the platform's own secrets are read. */
export const PLATFORM_READER = "platform-secrets";

/** Ports on which the API server calls its webhook. */
export const EXTERNAL_SECRETS_WEBHOOK_PORTS: readonly number[] = [10250];

export function planExternalSecretsValues({
  availability,
  monitoring,
}: Pick<SystemArgs, "availability" | "monitoring">) {
  const part = (name: string, size: ContainerSize) => ({
    replicaCount: replicas(availability),
    podDisruptionBudget: { enabled: availability === "high", minAvailable: 1 },
    podSecurityContext: { enabled: true, ...POD_SECURITY },
    securityContext: { enabled: true, ...CONTAINER_SECURITY, runAsUser: 1000 },
    resources: resources(size),
    nodeSelector: { ...ON_SYSTEM_NODES },
    topologySpreadConstraints: spreadOver({ "app.kubernetes.io/name": name }),
  });
  return {
    fullnameOverride: "external-secrets",
    installCRDs: true,
    leaderElect: true,
    ...part("external-secrets", { cpu: "50m", memory: "256Mi" }),
    serviceAccount: { create: true, name: EXTERNAL_SECRETS_ACCOUNT },
    // Not tokens of every account in the cluster, as by default: a Role per account that a store names.
    rbac: { create: true, serviceAccountTokenCreate: false },
    // Kinds nobody here writes: fewer things that can be abused.
    processClusterExternalSecret: false,
    processClusterPushSecret: false,
    processPushSecret: false,
    processClusterGenerator: false,
    crds: {
      createClusterExternalSecret: false,
      createClusterGenerator: false,
      createClusterPushSecret: false,
      createPushSecret: false,
    },
    serviceMonitor: { enabled: monitoring },
    webhook: part("external-secrets-webhook", { cpu: "25m", memory: "128Mi" }),
    certController: part("external-secrets-cert-controller", { cpu: "25m", memory: "256Mi" }),
  };
}

/** How a store gets into Vault: as one account, with a token that is good for nothing but Vault. */
export function planVaultProvider(args: { mount: string; role: string; account: string; namespace?: string }) {
  return {
    vault: {
      server: VAULT_URL,
      path: args.mount,
      version: "v2",
      caProvider: { type: "Secret", name: VAULT_TLS_SECRET, key: "ca.crt", namespace: VAULT_NAMESPACE },
      auth: {
        kubernetes: {
          mountPath: VAULT_KUBERNETES_AUTH,
          role: args.role,
          serviceAccountRef: {
            name: args.account,
            audiences: [VAULT_AUDIENCE],
            ...(args.namespace === undefined ? {} : { namespace: args.namespace }),
          },
        },
      },
    },
  };
}

/** The store of the platform's own secrets: the platform's namespaces may use it, a team's may not. */
export const planPlatformStore = () => ({
  conditions: [
    {
      namespaceSelector: {
        matchLabels: { ...MANAGED_BY },
        matchExpressions: [{ key: TEAM_LABEL, operator: "DoesNotExist" }],
      },
    },
  ],
  provider: planVaultProvider({
    mount: PLATFORM_MOUNT,
    role: PLATFORM_READER,
    account: PLATFORM_READER,
    namespace: EXTERNAL_SECRETS_NAMESPACE,
  }),
});

/** External Secrets itself; its store comes when Vault is configured. */
export class ExternalSecrets extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: SystemArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:security:ExternalSecrets", name, {}, opts);
    this.ready = [
      chartRelease(
        `${name}-chart`,
        {
          chart: CHARTS.externalSecrets,
          namespace: EXTERNAL_SECRETS_NAMESPACE,
          mirror: args.mirror,
          values: planExternalSecretsValues(args),
        },
        { parent: this, provider: args.cluster.provider },
      ),
    ];
    this.registerOutputs({ namespace: EXTERNAL_SECRETS_NAMESPACE });
  }
}

export interface PlatformStoreArgs {
  readonly cluster: Cluster;
}

/** The ClusterSecretStore of the platform, and the account it reads as. */
export class PlatformStore extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: PlatformStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:security:PlatformStore", name, {}, opts);
    const child = { parent: this, provider: args.cluster.provider };
    const reader = readerAccount(name, { account: PLATFORM_READER, namespace: EXTERNAL_SECRETS_NAMESPACE }, child);
    this.ready = [
      new k8s.apiextensions.CustomResource(
        name,
        {
          apiVersion: EXTERNAL_SECRETS_API,
          kind: "ClusterSecretStore",
          metadata: {
            name: PLATFORM_STORE,
            labels: { ...MANAGED_BY },
            annotations: { "pulumi.com/waitFor": "condition=Ready" },
          },
          spec: planPlatformStore(),
        },
        { ...child, dependsOn: reader },
      ),
    ];
    this.registerOutputs({ store: PLATFORM_STORE });
  }
}

/** An account without rights in the cluster; External Secrets may ask for its tokens, and of no other. */
export function readerAccount(
  name: string,
  { account, namespace }: { account: string; namespace: string },
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const metadata = { name: account, namespace, labels: { ...MANAGED_BY } };
  const serviceAccount = new k8s.core.v1.ServiceAccount(
    `${name}-reader`,
    { metadata, automountServiceAccountToken: false },
    opts,
  );
  const role = new k8s.rbac.v1.Role(
    `${name}-reader`,
    {
      metadata,
      rules: [{ apiGroups: [""], resources: ["serviceaccounts/token"], resourceNames: [account], verbs: ["create"] }],
    },
    opts,
  );
  const binding = new k8s.rbac.v1.RoleBinding(
    `${name}-reader`,
    {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: account },
      subjects: [{ kind: "ServiceAccount", name: EXTERNAL_SECRETS_ACCOUNT, namespace: EXTERNAL_SECRETS_NAMESPACE }],
    },
    { ...opts, dependsOn: [role] },
  );
  return [serviceAccount, binding];
}
