import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import {
  AUDIT_FOLDER,
  EXTERNAL_SECRETS_NAMESPACE,
  PLATFORM_MOUNT,
  TEAMS_MOUNT,
  VAULT_KUBERNETES_AUTH,
} from "./constants.ts";
import { PLATFORM_READER } from "./external-secrets.ts";
import { planReadPolicy, type VaultReader, vaultReader } from "./vault-reader.ts";

export interface VaultSetupArgs {
  readonly provider: vault.Provider;
  /** Refuse to delete what holds secrets. Default: false. */
  readonly protect?: boolean;
}

/** Who reads the platform's own secrets. What a team reads its own stack says. */
export const PLATFORM_READER_PLAN: VaultReader = {
  name: PLATFORM_READER,
  account: PLATFORM_READER,
  namespace: EXTERNAL_SECRETS_NAMESPACE,
  policy: planReadPolicy(`${PLATFORM_MOUNT}/data/*`),
};

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
      { type: "kubernetes", path: VAULT_KUBERNETES_AUTH },
      { ...child, ...audited },
    );
    const config = new vault.kubernetes.AuthBackendConfig(
      `${name}-kubernetes`,
      // Vault's own account asks the API server who a token belongs to.
      { backend: backend.path, kubernetesHost: "https://kubernetes.default.svc:443", disableIssValidation: true },
      child,
    );
    const reader = vaultReader(PLATFORM_READER_PLAN, { ...child, dependsOn: [backend] });
    this.ready = [...mounts, config, reader];
    this.registerOutputs({ mounts: [PLATFORM_MOUNT, TEAMS_MOUNT] });
  }
}
