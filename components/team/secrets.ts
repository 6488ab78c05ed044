import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type * as vault from "@pulumi/vault";
import type { Cluster } from "../cluster/index.ts";
import {
  EXTERNAL_SECRETS_API,
  MANAGED_BY,
  planReadPolicy,
  planVaultProvider,
  readerAccount,
  TEAM_LABEL,
  TEAM_SECRETS_ACCOUNT,
  TEAMS_MOUNT,
  type VaultReader,
  vaultReader,
} from "../security/index.ts";
import { scopeSecret } from "./constants.ts";

export interface TeamSecretsArgs {
  readonly cluster: Pick<Cluster, "provider">;
  readonly vault: vault.Provider;
  readonly team: string;
  /** The team's namespace; it must exist: depend on it. */
  readonly namespace: string;
  /** Each is `teams/<team>/<scope>` in Vault, and a Secret of its name that a DAG's pods get its keys from. */
  readonly scopes: readonly string[];
}

/**
 * A team's secrets: in Vault a role that reads its scopes and nothing else, for one account of its namespace; in the cluster a store
 * that uses it, and one Secret per scope. The values are written by people: `vault kv put teams/<team>/<scope> KEY=value`.
 */
export class TeamSecrets extends pulumi.ComponentResource {
  constructor(name: string, args: TeamSecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:team:TeamSecrets", name, {}, opts);
    const child = { parent: this, provider: args.cluster.provider };
    const labels = { ...MANAGED_BY, [TEAM_LABEL]: args.team };
    const role = vaultReader(planTeamReader(args), { parent: this, provider: args.vault });
    const reader = readerAccount(name, { account: TEAM_SECRETS_ACCOUNT, namespace: args.namespace }, child);
    const store = new k8s.apiextensions.CustomResource(
      name,
      {
        apiVersion: EXTERNAL_SECRETS_API,
        // Of the cluster for its authority's sake, which stands in Vault's namespace; bound to the team's all the same.
        kind: "ClusterSecretStore",
        metadata: { name: `team-${args.team}`, labels },
        spec: planTeamStore(args.team, args.namespace),
      },
      { ...child, dependsOn: [role, ...reader] },
    );
    for (const scope of args.scopes) {
      new k8s.apiextensions.CustomResource(
        `${name}-${scope}`,
        {
          apiVersion: EXTERNAL_SECRETS_API,
          kind: "ExternalSecret",
          // Not waited for: its keys may not have been written yet.
          metadata: { name: scopeSecret(scope), namespace: args.namespace, labels },
          spec: planScope(args.team, scope),
        },
        { ...child, dependsOn: [store] },
      );
    }
    this.registerOutputs({ scopes: [...args.scopes] });
  }
}

/** Who may log in to Vault for the team, and the paths it may read: its scopes, one by one. */
export const planTeamReader = ({
  team,
  namespace,
  scopes,
}: Pick<TeamSecretsArgs, "team" | "namespace" | "scopes">): VaultReader => ({
  name: `team-${team}`,
  account: TEAM_SECRETS_ACCOUNT,
  namespace,
  policy: planReadPolicy(...scopes.map((scope) => `${TEAMS_MOUNT}/data/${team}/${scope}`)),
});

export const planTeamStore = (team: string, namespace: string) => ({
  conditions: [{ namespaces: [namespace] }],
  provider: planVaultProvider({ mount: TEAMS_MOUNT, role: `team-${team}`, account: TEAM_SECRETS_ACCOUNT, namespace }),
});

const planScope = (team: string, scope: string) => ({
  refreshInterval: "15m0s",
  secretStoreRef: { kind: "ClusterSecretStore", name: `team-${team}` },
  target: { name: scopeSecret(scope), creationPolicy: "Owner", deletionPolicy: "Retain" },
  dataFrom: [{ extract: { key: `${team}/${scope}` } }],
});
