#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { parse } from "yaml";
import { bootstrapVault, publicKeyBytes, VAULT_HOST } from "../../components/security/index.ts";
import { UserError } from "../../submission/spec/user-error.ts";
import { parseConfig } from "./config.ts";
import { ownKeys } from "./keys.ts";
import { vaultOverHttps } from "./vault-over-https.ts";

/**
 * Between the first `pulumi up`, which installs Vault, and the second, which configures it:
 *
 *   kubectl -n vault port-forward vault-0 8200 &
 *   kubectl -n vault get secret vault-tls -o jsonpath='{.data.ca\.crt}' | base64 -d > vault-ca.pem
 *   VAULT_CACERT=vault-ca.pem npm run vault:initialise -- --stack prod --recovery-key alice.asc --recovery-key bob.asc ...
 *
 * Each `--recovery-key` is the PGP public key of one holder; a majority of them can make a root token later. The root token of
 * this run is thrown away: the stack logs in by its AWS identity. VAULT_TOKEN is for the repetition of a run that broke off.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { stack: { type: "string" }, "recovery-key": { type: "string", multiple: true, default: [] } },
  });
  const stack = required(values.stack, "--stack is missing: the stack whose Vault this is, e.g. --stack prod.");
  const authority = required(process.env.VAULT_CACERT, "VAULT_CACERT is not set: path of Vault's authority, PEM.");
  const file = readFileSync(new URL(`../../Pulumi.${stack}.yaml`, import.meta.url), "utf8");
  const config = parseConfig(ownKeys((parse(file) as { config: Record<string, unknown> }).config));
  if (config.cluster.kind !== "eks") throw new UserError(`Stack ${stack} has no cluster of kind eks, so no Vault.`);

  const holders = values["recovery-key"];
  if (holders.length === 0 && config.protect) {
    throw new UserError(`Stack ${stack} is protected: its recovery keys must not be shown in the clear.`, {
      hint: "Pass the PGP public key of each holder: --recovery-key alice.asc --recovery-key bob.asc --recovery-key carol.asc",
    });
  }
  const shares = Math.max(1, holders.length);
  const outcome = await bootstrapVault(
    vaultOverHttps({ url: config.vault.address, ca: readFileSync(authority, "utf8"), serverName: VAULT_HOST }),
    {
      recovery: {
        shares,
        threshold: Math.floor(shares / 2) + 1,
        pgpKeys: holders.map((holder) => publicKeyBytes(readFileSync(holder, "utf8")).toString("base64")),
      },
      principals: config.cluster.admins,
      region: config.region,
      token: process.env.VAULT_TOKEN,
      onRecoveryKeys: (keys) => showKeys(keys, holders),
      pause: () => setTimeout(2000),
    },
  );
  console.log(
    outcome.configured
      ? `Vault is ready for the stack: pulumi config set --path orchestration-layer:vault.phase configured, then pulumi up.`
      : "Vault was initialised before; nothing was changed.",
  );
}

function showKeys(keys: readonly string[], holders: readonly string[]): void {
  console.log("Recovery keys; Vault shows them this once:");
  keys.forEach((key, index) => {
    console.log(`  ${holders[index] ?? "IN THE CLEAR, keep it offline"}: ${key}`);
  });
}

function required(value: string | undefined, message: string): string {
  if (value === undefined || value === "") throw new UserError(message, { exitCode: 2 });
  return value;
}

main().catch((error: unknown) => {
  if (!(error instanceof UserError)) throw error;
  console.error([error.message, error.hint].filter(Boolean).join("\n"));
  process.exitCode = error.exitCode;
});
