import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../cluster/index.ts";
import { EXTERNAL_SECRETS_API, MANAGED_BY, TEAM_LABEL, TEAM_SECRETS_ACCOUNT, TEAMS_MOUNT } from "./constants.ts";
import { planVaultProvider, readerAccount } from "./external-secrets.ts";

export interface TeamSecretsArgs {
  readonly cluster: Cluster;
  readonly team: string;
  /** The team's namespace; it must exist: depend on it. */
  readonly namespace: string;
  /** Scope -> name of the Secret that a DAG's pods get its keys from. */
  readonly scopes: Readonly<Record<string, string>>;
}

/**
 * A team's secrets: a store of its own, which reads `teams/<team>/` in Vault and nothing else, and one Secret per scope. The
 * values are written by people: `vault kv put teams/<team>/<scope> KEY=value`.
 */
export class TeamSecrets extends pulumi.ComponentResource {
  constructor(name: string, args: TeamSecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:security:TeamSecrets", name, {}, opts);
    const child = { parent: this, provider: args.cluster.provider };
    const labels = { ...MANAGED_BY, [TEAM_LABEL]: args.team };
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
      { ...child, dependsOn: reader },
    );
    for (const [scope, secretName] of Object.entries(args.scopes)) {
      new k8s.apiextensions.CustomResource(
        `${name}-${scope}`,
        {
          apiVersion: EXTERNAL_SECRETS_API,
          kind: "ExternalSecret",
          // Not waited for: its keys may not have been written yet.
          metadata: { name: secretName, namespace: args.namespace, labels },
          spec: {
            refreshInterval: "15m0s",
            secretStoreRef: { kind: "ClusterSecretStore", name: `team-${args.team}` },
            target: { name: secretName, creationPolicy: "Owner", deletionPolicy: "Retain" },
            dataFrom: [{ extract: { key: `${args.team}/${scope}` } }],
          },
        },
        { ...child, dependsOn: [store] },
      );
    }
    this.registerOutputs({ scopes: Object.keys(args.scopes) });
  }
}

export const planTeamStore = (team: string, namespace: string) => ({
  conditions: [{ namespaces: [namespace] }],
  provider: planVaultProvider({ mount: TEAMS_MOUNT, role: `team-${team}`, account: TEAM_SECRETS_ACCOUNT, namespace }),
});
