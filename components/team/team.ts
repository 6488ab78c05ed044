import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../cluster/index.ts";
import { MANAGED_BY, type NetworkAccess, SecureNamespace, TEAM_LABEL } from "../security/index.ts";
import {
  type CreatedKind,
  DRIVER_ACCOUNT,
  DRIVER_RULES,
  EXECUTOR_ACCOUNT,
  executorRules,
  KUEUE_API,
  planTeamQueues,
  type TeamShare,
  WORKFLOW_ACCOUNT,
} from "../workflow/index.ts";
import { teamNamespace } from "./constants.ts";

export interface TeamArgs {
  readonly cluster: Cluster;
  /** Its name: a DNS label that never changes. */
  readonly team: string;
  /** Its part of the cluster. */
  readonly share: TeamShare;
  /** Kinds its DAGs may create. */
  readonly kinds: readonly CreatedKind[];
  /** What its pods may talk to besides each other and DNS. */
  readonly access: NetworkAccess;
}

/** A team: its namespace, the two accounts its work runs under, its queues. */
export class Team extends pulumi.ComponentResource {
  readonly namespace: string;

  constructor(name: string, args: TeamArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:team:Team", name, {}, opts);
    const child = { parent: this, provider: args.cluster.provider };

    this.namespace = teamNamespace(args.team);
    const inNamespace = { ...child, dependsOn: [this.ownNamespace(args, child)] };
    this.accounts(args, inNamespace);
    this.queues(args, inNamespace);
    this.registerOutputs({ namespace: this.namespace });
  }

  private ownNamespace({ team, access }: TeamArgs, child: Child): SecureNamespace {
    const args = { namespace: this.namespace, team, access, podSecurity: "restricted" } as const;
    return new SecureNamespace(this.namespace, args, child);
  }

  /** Main containers run without any right; argoexec with its own few, and so does what makes pods of its own. */
  private accounts({ team, kinds }: TeamArgs, child: InNamespace): void {
    const metadata = (name: string) => ({ name, namespace: this.namespace, labels: labels(team) });
    const rights = { [EXECUTOR_ACCOUNT]: executorRules(kinds), [DRIVER_ACCOUNT]: [...DRIVER_RULES] };
    for (const account of [WORKFLOW_ACCOUNT, EXECUTOR_ACCOUNT, DRIVER_ACCOUNT]) {
      new k8s.core.v1.ServiceAccount(
        `${team}-${account}`,
        // Drivers get a token as Kubernetes gives it, short-lived and bound to the pod: nothing in their operators asks for one.
        { metadata: metadata(account), automountServiceAccountToken: account === DRIVER_ACCOUNT },
        child,
      );
    }
    for (const [account, rules] of Object.entries(rights)) {
      const role = new k8s.rbac.v1.Role(`${team}-${account}`, { metadata: metadata(account), rules }, child);
      new k8s.rbac.v1.RoleBinding(
        `${team}-${account}`,
        {
          metadata: metadata(account),
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
          subjects: [{ kind: "ServiceAccount", name: account, namespace: this.namespace }],
        },
        child,
      );
    }
  }

  private queues({ team, share }: TeamArgs, child: InNamespace): void {
    for (const queue of Object.values(planTeamQueues(team, teamNamespace(team), share))) {
      const clusterQueue = new k8s.apiextensions.CustomResource(
        `cluster-queue-${queue.name}`,
        {
          apiVersion: KUEUE_API,
          kind: "ClusterQueue",
          metadata: { name: queue.name, labels: labels(team) },
          spec: queue.spec,
        },
        child,
      );
      new k8s.apiextensions.CustomResource(
        `local-queue-${queue.name}`,
        {
          apiVersion: KUEUE_API,
          kind: "LocalQueue",
          metadata: { name: queue.localQueue, namespace: this.namespace, labels: labels(team) },
          spec: { clusterQueue: queue.name },
        },
        { ...child, dependsOn: [...child.dependsOn, clusterQueue] },
      );
    }
  }
}

interface Child extends pulumi.CustomResourceOptions {
  provider: k8s.Provider;
}
interface InNamespace extends Child {
  dependsOn: pulumi.Resource[];
}

const labels = (team: string) => ({ ...MANAGED_BY, [TEAM_LABEL]: team });
