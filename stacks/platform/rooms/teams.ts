import type * as pulumi from "@pulumi/pulumi";
import { awsEgress } from "../../../components/cluster/index.ts";
import type { NetworkAccess } from "../../../components/security/index.ts";
import { Team, teamNamespace } from "../../../components/team/index.ts";
import type { Platform } from "../platform.ts";
import { createdKinds } from "../settings.ts";
import { engineAccess } from "./compute.ts";

export interface TeamsNeeds {
  readonly dependsOn: pulumi.Resource[];
}

export interface TeamsRoom {
  readonly ready: pulumi.Resource[];
  readonly namespaces: readonly string[];
}

/** Everybody who submits: a namespace, accounts, rights and queues each. */
export function teamsRoom(platform: Platform, { dependsOn }: TeamsNeeds): TeamsRoom {
  const { cluster, config } = platform;
  const kinds = createdKinds(config);
  const access = teamAccess(platform);
  const teams = Object.entries(config.teams).map(
    ([team, share]) => new Team(team, { cluster, team, share, kinds, access }, { dependsOn }),
  );
  return { ready: teams, namespaces: Object.keys(config.teams).map(teamNamespace) };
}

/** What the pods of a team may talk to. */
function teamAccess(platform: Platform): NetworkAccess {
  const { cluster, config } = platform;
  return {
    ...engineAccess(platform),
    apiServer: cluster.facts.apiServer,
    egress: [...config.egress, ...(cluster.aws === undefined ? [] : awsEgress(cluster.aws, ["s3"]))],
  };
}
