import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseConfig } from "../../../stacks/platform/config.ts";
import { ownKeys } from "../../../stacks/platform/keys.ts";
import { isInstalled } from "../../../stacks/platform/platform.ts";
import { UserError } from "../../../submission/spec/user-error.ts";

type Raw = Record<string, unknown>;

function stackFile(stack: string): Raw {
  const file: { config: Raw } = parse(readFileSync(new URL(`../../../Pulumi.${stack}.yaml`, import.meta.url), "utf8"));
  return ownKeys(file.config);
}

const prod = stackFile("prod");
const part = (key: string) => prod[key] as Raw;

function mistakes(change: Raw): string[] {
  try {
    parseConfig({ ...prod, ...change });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message.split("\n").slice(1);
  }
  return [];
}

describe("systems that need each other", () => {
  test("are all named at once when what they need is off", () => {
    const found = mistakes({ systems: { ...part("systems"), "cert-manager": "off", vault: "off" } });
    for (const system of ["external-secrets", "postgres", "harbor", "clickhouse", "redpanda"])
      expect(found.join("\n")).toContain(`systems.${system}  needs vault: set systems.vault to chart`);
    expect(found.join("\n")).toContain("systems.postgres  needs cert-manager");
  });

  test("wait for Vault to be initialised; what needs no secret comes up before", () => {
    const config = parseConfig({ ...prod, vault: { phase: "install" } });
    const installed = (system: "vault" | "gatekeeper" | "keda" | "postgres" | "redpanda" | "clickhouse") =>
      isInstalled({ config }, system);
    expect([installed("vault"), installed("gatekeeper"), installed("keda")]).toEqual([true, true, true]);
    expect([installed("postgres"), installed("redpanda"), installed("clickhouse")]).toEqual([false, false, false]);
  });
});

test.each<[string, Raw, string]>([
  [
    "an address of Vault without TLS",
    { vault: { phase: "configured", address: "http://vault:8200" } },
    "vault.address  must be an https URL",
  ],
  [
    "a team's namespace exempt from the rules",
    { policy: { exemptNamespaces: ["team-research"] } },
    "policy.exemptNamespaces  team-research belongs to a team",
  ],
  [
    "a database that may not grow",
    { postgres: { kind: "rds", storageGib: 100, maxStorageGib: 100 } },
    "postgres  may grow to 100 GiB: RDS wants at least a tenth more",
  ],
  [
    "a protected database without backups",
    { postgres: { kind: "rds", backupDays: 0 } },
    "postgres  is protected but has no backups",
  ],
  [
    "too little memory for the brokers' cores",
    { redpanda: { cores: 4, memoryGib: 5, partitions: 24 } },
    "redpanda.memoryGib  5 GiB for 4 cores: each core needs 2.5",
  ],
  [
    "more dispatchers than partitions",
    { redpanda: { partitions: 2 } },
    "submission.maxDispatchers  12 dispatchers share 2 partitions",
  ],
  [
    "an issuer with nothing to sign",
    { harbor: { issuer: "acme" } },
    "harbor.issuer  signs nothing without harbor.host",
  ],
])("%s is refused with its key and the reason", (_, change, message) => {
  expect(mistakes(change).join("\n")).toContain(`orchestration-layer:${message}`);
});
