import { z } from "zod";
import { ENFORCEMENTS } from "../../../components/security/index.ts";
import { teamNamespace } from "../../../components/team/constants.ts";
import type { Finding } from "../consistency.ts";
import type { PlatformConfig } from "../schema.ts";

/**
 * Vault comes up in two steps, because on the first `up` there is none to be configured:
 * - `install`: its servers; whatever needs a secret waits. Then `npm run vault:initialise`;
 * - `configured`: what is in it, and everything that needs a secret.
 * There is no way back from `configured`: what needs a secret would be deleted.
 */
const vault = z.strictObject({
  phase: z.enum(["install", "configured"]).default("install"),
  /** Where `pulumi up` reaches it; `kubectl -n vault port-forward svc/vault 8200` is the default's other end. */
  address: z.url({ protocol: /^https$/, error: "must be an https URL" }).default("https://127.0.0.1:8200"),
});

const policy = z.strictObject({
  /** What happens to a pod that breaks a rule: refused, let in with a warning, or let in and reported. */
  enforcement: z.enum(ENFORCEMENTS).default("deny"),
  /** Namespaces that no rule is enforced in, besides the cluster's own. */
  exemptNamespaces: z.array(z.string().min(1)).default([]),
  /**
   * Settings of the policy pack `promotion`, which the cluster's own gates hold releases to as well; a path below the checkout.
   * Default: none, for a cluster that serves no models.
   */
  releases: z.string().min(1).optional(),
});

/** Config keys of the security room; see `../schema.ts`. */
export const SECURITY_SHAPE = {
  vault: vault.prefault({}),
  policy: policy.prefault({}),
} as const;

/** A value that is right, for each of them. */
export const SECURITY_EXAMPLES = {
  vault: { phase: "configured", address: "https://127.0.0.1:8200" },
  policy: { enforcement: "deny", exemptNamespaces: ["legacy"], releases: "policies/promotion/config/prod.json" },
} as const;

/** How these keys fit together, and with the others. */
export function securityFindings({ cluster, systems, policy }: Partial<PlatformConfig>): Finding[] {
  return [
    ...needs(systems, "vault", ["cert-manager"]),
    ...needs(systems, "external-secrets", ["vault"]),
    ...(systems?.vault === "chart" && cluster !== undefined && cluster.kind !== "eks"
      ? [
          {
            path: ["systems", "vault"],
            message: `cannot be chart on a cluster of kind ${cluster.kind}: a KMS key of AWS unseals it`,
          },
        ]
      : []),
    ...(policy?.exemptNamespaces ?? [])
      .filter((namespace) => namespace.startsWith(teamNamespace("")))
      .map((namespace) => ({
        path: ["policy", "exemptNamespaces"],
        message: `${namespace} belongs to a team: the rules are for teams first of all`,
      })),
  ];
}

type Systems = PlatformConfig["systems"];

/** What must be installed for `system` to be. */
export function needs(
  systems: Systems | undefined,
  system: keyof Systems,
  others: readonly (keyof Systems)[],
): Finding[] {
  if (systems?.[system] !== "chart") return [];
  return others
    .filter((other) => systems[other] !== "chart")
    .map((other) => ({ path: ["systems", system], message: `needs ${other}: set systems.${other} to chart` }));
}
