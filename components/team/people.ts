import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { TEAM_ROLES, type TeamRole } from "./constants.ts";
import { planProfileRights, planQueueRights, planRights } from "./rights.ts";

/** Groups of the identity provider, as the API server names them, by what their members may be. */
export type TeamGroups = Readonly<Record<TeamRole, readonly string[]>>;

/** An account of the platform that works in every team's namespace, and the ClusterRole of its rights there. */
export interface PlatformAccount {
  readonly clusterRole: string;
  readonly namespace: string;
  readonly account: string;
}

export interface PeopleArgs {
  readonly team: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly groups: TeamGroups;
  readonly submissionApi: boolean;
  readonly platformAccounts: readonly PlatformAccount[];
  /** Names of the team's ClusterQueues. */
  readonly queues: readonly string[];
  /** Namespace of the profile's parts. */
  readonly profileNamespace: string;
}

const RBAC = "rbac.authorization.k8s.io";
const people = (groups: readonly string[]) => groups.map((name) => ({ apiGroup: RBAC, kind: "Group", name }));

/** Who may do what in a team's namespace: its people by their groups, and the platform's own accounts. */
export function accessOfPeople(args: PeopleArgs, child: pulumi.CustomResourceOptions): void {
  const { team, namespace, labels, groups } = args;
  for (const role of TEAM_ROLES) {
    const name = `team-${role}`;
    const metadata = { name, namespace, labels: { ...labels } };
    new k8s.rbac.v1.Role(`${team}-${role}`, { metadata, rules: planRights(role, args) }, child);
    if (groups[role].length === 0) continue;
    const roleRef = { apiGroup: RBAC, kind: "Role", name };
    new k8s.rbac.v1.RoleBinding(`${team}-${role}`, { metadata, roleRef, subjects: people(groups[role]) }, child);
  }
  for (const { clusterRole, namespace: home, account } of args.platformAccounts) {
    new k8s.rbac.v1.RoleBinding(
      `${team}-${account}`,
      {
        metadata: { name: account, namespace, labels: { ...labels } },
        roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: clusterRole },
        subjects: [{ kind: "ServiceAccount", name: account, namespace: home }],
      },
      child,
    );
  }
  const all = [...new Set(TEAM_ROLES.flatMap((role) => groups[role]))];
  if (all.length === 0) return;
  queueAccess(args, all, child);
  profileAccess(args, all, child);
}

function queueAccess(
  { team, labels, queues }: PeopleArgs,
  groups: string[],
  child: pulumi.CustomResourceOptions,
): void {
  const metadata = { name: `team-${team}-queues`, labels: { ...labels } };
  new k8s.rbac.v1.ClusterRole(`${team}-queues`, { metadata, rules: planQueueRights(queues) }, child);
  const roleRef = { apiGroup: RBAC, kind: "ClusterRole", name: metadata.name };
  new k8s.rbac.v1.ClusterRoleBinding(`${team}-queues`, { metadata, roleRef, subjects: people(groups) }, child);
}

function profileAccess(
  { team, labels, profileNamespace }: PeopleArgs,
  groups: string[],
  child: pulumi.CustomResourceOptions,
): void {
  const metadata = { name: `team-${team}-profile`, namespace: profileNamespace, labels: { ...labels } };
  new k8s.rbac.v1.Role(`${team}-profile`, { metadata, rules: planProfileRights(team) }, child);
  const roleRef = { apiGroup: RBAC, kind: "Role", name: metadata.name };
  new k8s.rbac.v1.RoleBinding(`${team}-profile`, { metadata, roleRef, subjects: people(groups) }, child);
}
