import type * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../../components/cluster/index.ts";
import { type NetworkAccess, SecureNamespace } from "../../components/security/index.ts";
import type { Machine } from "./machine.ts";
import type { ChartSystem, PlatformConfig } from "./schema.ts";

/** What every room builds on. */
export interface Platform {
  /** The stack's name. */
  readonly environment: string;
  readonly config: PlatformConfig;
  readonly machine: Machine;
  readonly cluster: Cluster;
}

/** Whether the stack brings a system; what needs a secret waits until there is a Vault to keep it. */
export const isInstalled = ({ config }: Pick<Platform, "config">, system: ChartSystem): boolean =>
  config.systems[system] === "chart" && !(config.vault.phase === "install" && AFTER_VAULT.includes(system));

/** Systems with passwords, certificates of their own aside. */
const AFTER_VAULT: readonly ChartSystem[] = [
  "postgres",
  "harbor",
  "clickhouse",
  "redpanda",
  "marquez",
  "materialize",
  "submission-api",
];

/** A namespace of a system's own; its pods may also reach the API server when `access` says nothing else. */
export function systemNamespace(
  { cluster }: Platform,
  namespace: string,
  access: NetworkAccess = {},
  opts: pulumi.ComponentResourceOptions & { podSecurity?: "restricted" | "baseline" | "privileged" } = {},
): SecureNamespace {
  const { podSecurity = "restricted", ...rest } = opts;
  return new SecureNamespace(
    namespace,
    { namespace, podSecurity, access: { apiServer: cluster.facts.apiServer, ...access } },
    { ...rest, provider: cluster.provider },
  );
}
