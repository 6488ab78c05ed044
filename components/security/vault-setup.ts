import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import {
  AUDIT_FOLDER,
  EXTERNAL_SECRETS_NAMESPACE,
  PLATFORM_MOUNT,
  TEAM_SECRETS_ACCOUNT,
  TEAMS_MOUNT,
  VAULT_AUDIENCE,
} from "./constants.ts";
import { PLATFORM_READER } from "./external-secrets.ts";

export interface VaultSetupArgs {
  readonly provider: vault.Provider;
  /** Names of the teams; each reads its own secrets and nobody else's. */
  readonly teams: readonly string[];
  /** Namespace of a team. */
  readonly namespaceOf: (team: string) => string;
  /** Refuse to delete what holds secrets. Default: false. */
  readonly protect?: boolean;
}

/** Who may do what in Vault, in its own language. */
export const planReadPolicy = (path: string) => `path "${path}" {\n  capabilities = ["read"]\n}\n`;

/** One account of the cluster that may log in, and what it may then read. */
export interface VaultReader {
  /** Names policy and role. */
  readonly name: string;
  readonly account: string;
  readonly namespace: string;
  readonly policy: string;
}

/** The platform's reader, and one per team. */
export function planReaders({ teams, namespaceOf }: Pick<VaultSetupArgs, "teams" | "namespaceOf">): VaultReader[] {
  return [
    {
      name: PLATFORM_READER,
      account: PLATFORM_READER,
      namespace: EXTERNAL_SECRETS_NAMESPACE,
      policy: planReadPolicy(`${PLATFORM_MOUNT}/data/*`),
    },
    ...teams.map((team) => ({
      name: `team-${team}`,
      account: TEAM_SECRETS_ACCOUNT,
      namespace: namespaceOf(team),
      policy: planReadPolicy(`${TEAMS_MOUNT}/data/${team}/*`),
    })),
  ];
}

/** What is inside Vault once it is initialised: audit, mounts, who may log in and read what. */
export class VaultSetup extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: VaultSetupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:security:VaultSetup", name, {}, opts);
    const child = { parent: this, provider: args.provider };
    const kept = { ...child, protect: args.protect ?? false };

    // First: from here on nothing happens in Vault that is not written down.
    // Twice, because Vault stops serving when it can write none: a full volume then stops nothing.
    const devices = Object.entries({ file: `${AUDIT_FOLDER}/audit.log`, stdout: "stdout" }).map(
      ([path, file]) =>
        new vault.Audit(`${name}-audit-${path}`, { type: "file", path, options: { file_path: file } }, child),
    );
    const audited = { dependsOn: devices };
    const mounts = [PLATFORM_MOUNT, TEAMS_MOUNT].map(
      (path) =>
        new vault.Mount(
          `${name}-${path}`,
          { path, type: "kv", options: { version: "2" }, description: "Managed by the platform stack" },
          { ...kept, ...audited },
        ),
    );
    const backend = new vault.AuthBackend(
      `${name}-kubernetes`,
      { type: "kubernetes", path: "kubernetes" },
      { ...child, ...audited },
    );
    const config = new vault.kubernetes.AuthBackendConfig(
      `${name}-kubernetes`,
      // Vault's own account asks the API server who a token belongs to.
      { backend: backend.path, kubernetesHost: "https://kubernetes.default.svc:443", disableIssValidation: true },
      child,
    );
    const readers = planReaders(args).map((reader) => this.reader(reader, backend, child));
    this.ready = [...mounts, config, ...readers];
    this.registerOutputs({ readers: planReaders(args).map((reader) => reader.name) });
  }

  private reader(
    reader: VaultReader,
    backend: vault.AuthBackend,
    child: pulumi.CustomResourceOptions,
  ): pulumi.Resource {
    const policy = new vault.Policy(`vault-${reader.name}`, { name: reader.name, policy: reader.policy }, child);
    return new vault.kubernetes.AuthBackendRole(
      `vault-${reader.name}`,
      {
        backend: backend.path,
        roleName: reader.name,
        boundServiceAccountNames: [reader.account],
        boundServiceAccountNamespaces: [reader.namespace],
        audience: VAULT_AUDIENCE,
        tokenPolicies: [policy.name],
        tokenNoDefaultPolicy: true,
        // Seconds.
        tokenTtl: 600,
        tokenMaxTtl: 3600,
      },
      child,
    );
  }
}
