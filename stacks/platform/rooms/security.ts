import type * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as vault from "@pulumi/vault";
import { awsEgress, PodRole } from "../../../components/cluster/index.ts";
import { MONITORING_NAMESPACE } from "../../../components/observability/constants.ts";
import {
  AuthorityStore,
  CERT_MANAGER_NAMESPACE,
  CertManager,
  Conftest,
  EXTERNAL_SECRETS_ACCOUNT,
  EXTERNAL_SECRETS_NAMESPACE,
  EXTERNAL_SECRETS_WEBHOOK_PORTS,
  ExternalSecrets,
  GATEKEEPER_NAMESPACE,
  GATEKEEPER_WEBHOOK_PORTS,
  Gatekeeper,
  PLATFORM_MOUNT,
  PLATFORM_STORE,
  PlatformStore,
  planVaultLogin,
  rulesInForce,
  type SecretStoreAccess,
  VAULT_NAMESPACE,
  VAULT_PORT,
  VaultServer,
  VaultSetup,
} from "../../../components/security/index.ts";
import { isInstalled, type Platform, systemNamespace } from "../platform.ts";

export interface SecurityNeeds {
  readonly dependsOn: pulumi.Resource[];
}

export interface SecurityRoom {
  /** What later rooms depend on when they need this one up. */
  readonly ready: pulumi.Resource[];
  /** Defined where Vault and External Secrets are installed and Vault is initialised (`vault.phase: configured`). */
  readonly secrets: SecretStoreAccess | undefined;
}

/** Ports of metrics and webhooks in this room. */
const CERT_MANAGER_METRICS = [9402];
const CERT_MANAGER_WEBHOOK = [10250];
const GATEKEEPER_METRICS = [8888];
const EXTERNAL_SECRETS_METRICS = [8080];

/** Certificates, secrets, and the rules that pods are held to. */
export function securityRoom(platform: Platform, { dependsOn }: SecurityNeeds): SecurityRoom {
  const certificates = certManager(platform, dependsOn);
  const servers = vaultServer(platform, certificates);
  const controller = externalSecrets(platform, dependsOn);
  const rules = gatekeeper(platform, dependsOn);
  const secrets = secretStore(platform, [...servers, ...controller]);
  return { ready: [...certificates, ...servers, ...controller, ...rules, ...(secrets?.ready ?? [])], secrets };
}

/** What every system of this room is told. */
const common = (platform: Platform) => ({
  cluster: platform.cluster,
  availability: platform.config.availability,
  mirror: platform.config.chartMirror,
  monitoring: isInstalled(platform, "prometheus"),
});

/** Prometheus comes in on these ports, where there is one. */
const scraped = (platform: Platform, ports: readonly number[]) =>
  isInstalled(platform, "prometheus") ? [{ namespace: MONITORING_NAMESPACE, ports }] : [];

function certManager(platform: Platform, dependsOn: pulumi.Resource[]): pulumi.Resource[] {
  if (!isInstalled(platform, "cert-manager")) return [];
  const namespace = systemNamespace(
    platform,
    CERT_MANAGER_NAMESPACE,
    { webhookPorts: CERT_MANAGER_WEBHOOK, fromNamespaces: scraped(platform, CERT_MANAGER_METRICS) },
    { dependsOn },
  );
  return new CertManager("cert-manager", common(platform), { dependsOn: [namespace] }).ready;
}

function vaultServer(platform: Platform, certificates: pulumi.Resource[]): pulumi.Resource[] {
  const { aws } = platform.cluster;
  if (!isInstalled(platform, "vault") || aws === undefined) return [];
  const namespace = systemNamespace(
    platform,
    VAULT_NAMESPACE,
    {
      // KMS unseals it; STS tells it who `pulumi up` is.
      egress: awsEgress(aws, ["kms", "sts"]),
      fromNamespaces: [
        { namespace: EXTERNAL_SECRETS_NAMESPACE, ports: [VAULT_PORT] },
        ...scraped(platform, [VAULT_PORT]),
      ],
    },
    { dependsOn: certificates },
  );
  return new VaultServer(
    "vault",
    { ...common(platform), aws, protect: platform.config.protect },
    { dependsOn: [namespace] },
  ).ready;
}

function externalSecrets(platform: Platform, dependsOn: pulumi.Resource[]): pulumi.Resource[] {
  if (!isInstalled(platform, "external-secrets")) return [];
  const role = databaseAdminReader(platform, dependsOn);
  const namespace = systemNamespace(
    platform,
    EXTERNAL_SECRETS_NAMESPACE,
    {
      webhookPorts: EXTERNAL_SECRETS_WEBHOOK_PORTS,
      toNamespaces: [{ namespace: VAULT_NAMESPACE, ports: [VAULT_PORT] }],
      fromNamespaces: scraped(platform, EXTERNAL_SECRETS_METRICS),
      ...(role === undefined ? {} : { egress: role.egress }),
    },
    { dependsOn },
  );
  // A pod is given its role when it starts: the role comes first.
  const before = { dependsOn: [namespace, ...(role?.ready ?? [])] };
  return new ExternalSecrets("external-secrets", common(platform), before).ready;
}

/** The one secret that AWS keeps and not Vault: RDS makes its administrator's password itself. */
function databaseAdminReader({ cluster, config }: Platform, dependsOn: pulumi.Resource[]) {
  const { aws, facts } = cluster;
  if (config.postgres.kind !== "rds" || aws === undefined) return undefined;
  const { ready } = new PodRole(
    "external-secrets",
    {
      aws,
      namespace: EXTERNAL_SECRETS_NAMESPACE,
      serviceAccount: EXTERNAL_SECRETS_ACCOUNT,
      permissions: [
        {
          actions: ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
          resources: [`arn:aws:secretsmanager:${aws.region}:${aws.account}:secret:rds!db-*`],
          conditions: {
            StringEquals: {
              "secretsmanager:ResourceTag/aws:rds:primaryDBInstanceArn": `arn:aws:rds:${aws.region}:${aws.account}:db:${facts.name}-registry`,
            },
          },
        },
      ],
    },
    { dependsOn },
  );
  // Secrets Manager has no address of its own in the network.
  return { ready, egress: [...awsEgress(aws, ["sts"]), { name: "secrets-manager", cidrs: ["0.0.0.0/0"] }] };
}

/** What is in Vault, and the store that reads it: in the second phase, when there is a Vault to be asked. */
function secretStore({ config, cluster }: Platform, dependsOn: pulumi.Resource[]): SecretStoreAccess | undefined {
  const { vault: settings, systems } = config;
  const installed = systems.vault === "chart" && systems["external-secrets"] === "chart";
  if (!installed || settings.phase === "install") return undefined;
  const provider = new vault.Provider("vault", planVaultLogin(settings.address, config.region), { dependsOn });
  const setup = new VaultSetup("vault-setup", { provider, protect: config.protect }, { dependsOn });
  const store = new PlatformStore("platform-store", { cluster }, { dependsOn: setup.ready });
  const authority = new AuthorityStore("authority-store", { cluster }, { dependsOn });
  return {
    generator: new random.Provider("generator", {}),
    vault: provider,
    mount: PLATFORM_MOUNT,
    store: PLATFORM_STORE,
    ready: [...store.ready, ...authority.ready],
  };
}

function gatekeeper(platform: Platform, dependsOn: pulumi.Resource[]): pulumi.Resource[] {
  if (!isInstalled(platform, "gatekeeper")) return [];
  const { config, cluster } = platform;
  const { gates } = platform.machine;
  const namespace = systemNamespace(
    platform,
    GATEKEEPER_NAMESPACE,
    { webhookPorts: GATEKEEPER_WEBHOOK_PORTS, fromNamespaces: scraped(platform, GATEKEEPER_METRICS) },
    { dependsOn },
  );
  const args = {
    ...config.policy,
    // A team runs what the platform's own jobs run, and its own images.
    allowedRegistries: config.images.allowedPrefixes,
  };
  const { ready } = new Gatekeeper("gatekeeper", { ...common(platform), ...args, gates }, { dependsOn: [namespace] });
  new Conftest(
    "conftest",
    {
      cluster,
      namespace: GATEKEEPER_NAMESPACE,
      rules: rulesInForce(args),
      parameters: { prefixes: args.allowedRegistries },
      gates,
    },
    { dependsOn: [namespace] },
  );
  return ready;
}
