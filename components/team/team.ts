import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type * as vault from "@pulumi/vault";
import type { PublishedTeam } from "../../submission/spec/profile.ts";
import type { Cluster } from "../cluster/index.ts";
import { MANAGED_BY, type NetworkAccess, SecureNamespace, TEAM_LABEL } from "../security/index.ts";
import {
  type CreatedKind,
  KUEUE_API,
  PROFILE_LABEL,
  planTeamQueues,
  profileText,
  TEAM_PROFILE_KEY,
  type TeamShare,
  teamProfileConfigMap,
} from "../workflow/index.ts";
import { workAccounts } from "./accounts.ts";
import { type ArtifactBucket, artifactRoles } from "./artifacts.ts";
import { type BurstApproval, burstAnnotations } from "./burst.ts";
import { teamNamespace } from "./constants.ts";
import { planLimitRange, planResourceQuota, type TeamLimits } from "./limits.ts";
import { accessOfPeople, type PlatformAccount, type TeamGroups } from "./people.ts";
import { planPublishedTeam } from "./published.ts";
import { TeamSecrets } from "./secrets.ts";

export interface TeamArgs {
  readonly cluster: Pick<Cluster, "provider">;
  /** Its name: a DNS label that never changes. */
  readonly team: string;
  /** Its part of the cluster. */
  readonly share: TeamShare;
  /** Who lets it borrow; needed where its share says that it may. */
  readonly burstApproval?: BurstApproval | undefined;
  /** What Kueue does not count. */
  readonly limits: TeamLimits;
  /** Storage classes that the platform has. */
  readonly storageClasses: readonly string[];
  readonly groups: TeamGroups;
  /** Whether a submission service takes submissions, so that nobody needs rights on Workflows. */
  readonly submissionApi: boolean;
  readonly platformAccounts: readonly PlatformAccount[];
  /** Kinds its DAGs may create. */
  readonly kinds: readonly CreatedKind[];
  /** What its pods may talk to besides each other and DNS. */
  readonly access: NetworkAccess;
  readonly secretScopes: readonly string[];
  /** Where its secrets are kept. Default: nowhere; somebody else has to bring the Secrets of its scopes. */
  readonly vault?: vault.Provider | undefined;
  /** Default: who reads and writes artifacts was given rights elsewhere. */
  readonly artifacts?: ArtifactBucket | undefined;
  /** Namespace of the platform's profile; the team's part of it goes beside it. */
  readonly profileNamespace: string;
}

/** A team: its queues, its namespace with what is allowed in it, its people and accounts, its secrets, its part of the profile. */
export class Team extends pulumi.ComponentResource {
  readonly namespace: string;
  readonly published: PublishedTeam;
  /** What whoever puts something into the namespace depends on. */
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: TeamArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:team:Team", name, {}, opts);
    const child = { parent: this, provider: args.cluster.provider };
    const { team, secretScopes } = args;
    this.namespace = teamNamespace(team);
    this.published = planPublishedTeam(args);
    const plan = Object.values(planTeamQueues(team, this.namespace, args.share));

    // The namespace goes before the queues, with all that runs in it: Kueue keeps a queue as long as work holds its quota.
    const queues = plan.map((queue) => this.clusterQueue(queue, args, child));
    const namespace = this.ownNamespace(args, { ...child, dependsOn: queues });
    const inNamespace = { ...child, dependsOn: [namespace] };
    const local = plan.map((queue) => this.localQueue(queue, args, inNamespace));
    const limits = this.limits(args, inNamespace);
    const place = { team, namespace: this.namespace, labels: labels(team) };
    workAccounts({ ...place, kinds: args.kinds }, inNamespace);
    accessOfPeople({ ...args, ...place, queues: plan.map(({ name }) => name) }, inNamespace);
    const roles = args.artifacts === undefined ? [] : this.artifacts(args.artifacts, team);
    this.secrets(args, inNamespace);
    // Whoever reads it may count on what it names.
    this.publish(args, { ...child, dependsOn: [...local, ...limits, ...roles] });

    this.ready = [namespace, ...local, ...limits];
    this.registerOutputs({ namespace: this.namespace, secretScopes: [...secretScopes] });
  }

  private clusterQueue({ name, spec }: Queue, { team, share, burstApproval }: TeamArgs, child: Child): pulumi.Resource {
    const annotations = burstAnnotations(share, burstApproval);
    return new k8s.apiextensions.CustomResource(
      `cluster-queue-${name}`,
      {
        apiVersion: KUEUE_API,
        kind: "ClusterQueue",
        metadata: { name, labels: labels(team), ...(Object.keys(annotations).length === 0 ? {} : { annotations }) },
        spec,
      },
      child,
    );
  }

  private ownNamespace({ team, access }: TeamArgs, child: Child): SecureNamespace {
    const args = { namespace: this.namespace, team, access, podSecurity: "restricted" } as const;
    return new SecureNamespace(this.namespace, args, child);
  }

  private localQueue({ name, localQueue }: Queue, { team }: TeamArgs, child: Child): pulumi.Resource {
    return new k8s.apiextensions.CustomResource(
      `local-queue-${name}`,
      {
        apiVersion: KUEUE_API,
        kind: "LocalQueue",
        metadata: { name: localQueue, namespace: this.namespace, labels: labels(team) },
        spec: { clusterQueue: name },
      },
      child,
    );
  }

  private limits({ team, limits, storageClasses }: TeamArgs, child: Child): pulumi.Resource[] {
    const metadata = { name: "team", namespace: this.namespace, labels: labels(team) };
    return [
      new k8s.core.v1.ResourceQuota(team, { metadata, spec: planResourceQuota(limits, storageClasses) }, child),
      new k8s.core.v1.LimitRange(team, { metadata, spec: planLimitRange(limits) }, child),
    ];
  }

  private artifacts(bucket: ArtifactBucket, team: string): pulumi.Resource[] {
    return artifactRoles(team, this.namespace, bucket, { parent: this });
  }

  private secrets({ cluster, team, vault, secretScopes }: TeamArgs, { dependsOn }: Child): void {
    if (vault === undefined || secretScopes.length === 0) return;
    const args = { cluster, vault, team, namespace: this.namespace, scopes: secretScopes };
    new TeamSecrets(`${team}-secrets`, args, { parent: this, dependsOn });
  }

  private publish({ team, profileNamespace }: TeamArgs, child: Child): void {
    new k8s.core.v1.ConfigMap(
      teamProfileConfigMap(team),
      {
        metadata: {
          name: teamProfileConfigMap(team),
          namespace: profileNamespace,
          labels: { ...labels(team), [PROFILE_LABEL]: "team" },
        },
        data: { [TEAM_PROFILE_KEY]: profileText(this.published) },
      },
      child,
    );
  }
}

type Queue = ReturnType<typeof planTeamQueues>["cpu"];

interface Child extends pulumi.CustomResourceOptions {
  provider: k8s.Provider;
  dependsOn?: pulumi.Resource[];
}

const labels = (team: string) => ({ ...MANAGED_BY, [TEAM_LABEL]: team });
