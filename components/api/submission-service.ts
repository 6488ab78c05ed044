import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Bucket, type Cluster, PodRole } from "../cluster/index.ts";
import { MANAGED_BY } from "../security/index.ts";
import {
  ROLE_NAMES,
  SERVICE_PORTS,
  SERVICE_ROLES,
  type ServiceRole,
  TEAM_ROLE_NAMES,
  WATCH_LEASE,
} from "./constants.ts";
import { planDeployment, roleLabels, type ServiceLogin, type ServiceProcess } from "./deployment.ts";
import { planReach, type ServiceReach } from "./reach.ts";
import { planResultRights } from "./results.ts";
import { CLUSTER_RULES, NAMESPACE_RULES, TEAM_RULES } from "./rights.ts";

export interface SubmissionServiceArgs extends Omit<ServiceProcess, "brokers" | "results"> {
  readonly cluster: Cluster;
  /** Each role is a user of its own: one only writes jobs, the other only reads them. */
  readonly brokers: Readonly<Record<ServiceRole, ServiceLogin>>;
  readonly reach: ServiceReach;
  /** Bucket with what nodes wrote to their result path. Default: nobody reads it. */
  readonly artifacts?: Pick<Bucket, "arn" | "keyArn"> | undefined;
}

/** The two roles of the submission service: the API that accepts, and the dispatcher that creates what was accepted. */
export class SubmissionService extends pulumi.ComponentResource {
  /** Where callers find it inside the cluster. */
  readonly address: string;
  /** The Deployment that follows the topic's lag. */
  readonly dispatcher: k8s.apps.v1.Deployment;
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: SubmissionServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:api:SubmissionService", name, {}, opts);
    const child = { parent: this, provider: args.cluster.provider };
    this.address = `http://${ROLE_NAMES.api}.${args.namespace}.svc:${SERVICE_PORTS.http}`;

    const rights = SERVICE_ROLES.flatMap((role) => this.account(role, args, child));
    const reach = this.reach(args, child);
    const results = SERVICE_ROLES.flatMap((role) => this.resultRole(role, args));
    const lease = this.watchLease(args, child);
    const afterRights = { ...child, dependsOn: [...rights, ...reach, ...results, lease] };
    const api = this.deployment("api", args, afterRights);
    this.dispatcher = this.deployment("dispatcher", args, afterRights);
    this.service(args, child);
    this.monitors(args, child);

    this.ready = [api, this.dispatcher];
    this.registerOutputs({ address: this.address });
  }

  private account(role: ServiceRole, args: SubmissionServiceArgs, child: Child): pulumi.Resource[] {
    const roleName = ROLE_NAMES[role];
    const subjects = [{ kind: "ServiceAccount", name: roleName, namespace: args.namespace }];
    const account = new k8s.core.v1.ServiceAccount(
      roleName,
      { metadata: metadata(roleName, args.namespace, role) },
      child,
    );
    // Bound in each team's namespace, by the team's own stack, and nowhere else.
    const inTeams = this.clusterRole(TEAM_ROLE_NAMES[role], TEAM_RULES[role], child);
    const own = this.ownNamespace(role, args, subjects, child);
    if (CLUSTER_RULES[role].length === 0) return [account, inTeams, ...own];
    const everywhere = this.clusterRole(`orch-${roleName}`, CLUSTER_RULES[role], child);
    const binding = new k8s.rbac.v1.ClusterRoleBinding(
      `orch-${roleName}`,
      { metadata: { name: `orch-${roleName}`, labels: { ...MANAGED_BY } }, roleRef: roleRef(everywhere), subjects },
      child,
    );
    return [account, inTeams, ...own, binding];
  }

  /** The API tells lineage when it is asked, the dispatcher when it happens: both read results. */
  private resultRole(role: ServiceRole, { cluster, namespace, artifacts }: SubmissionServiceArgs): pulumi.Resource[] {
    const { aws } = cluster;
    if (aws === undefined || artifacts === undefined) return [];
    return new PodRole(
      ROLE_NAMES[role],
      { aws, namespace, serviceAccount: ROLE_NAMES[role], permissions: planResultRights(artifacts) },
      { parent: this },
    ).ready;
  }

  private ownNamespace(
    role: ServiceRole,
    { namespace }: SubmissionServiceArgs,
    subjects: k8s.types.input.rbac.v1.Subject[],
    child: Child,
  ): pulumi.Resource[] {
    const rules = NAMESPACE_RULES[role];
    if (rules.length === 0) return [];
    const name = ROLE_NAMES[role];
    const meta = metadata(name, namespace, role);
    const inside = new k8s.rbac.v1.Role(name, { metadata: meta, rules: [...rules] }, child);
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: inside.metadata.name };
    return [inside, new k8s.rbac.v1.RoleBinding(name, { metadata: meta, roleRef, subjects }, child)];
  }

  /** Who holds it and since when is the dispatchers' to say. */
  private watchLease({ namespace }: SubmissionServiceArgs, child: Child): pulumi.Resource {
    return new k8s.coordination.v1.Lease(
      WATCH_LEASE,
      { metadata: metadata(WATCH_LEASE, namespace, "dispatcher") },
      { ...child, ignoreChanges: ["spec"] },
    );
  }

  private clusterRole(name: string, rules: readonly k8s.types.input.rbac.v1.PolicyRule[], child: Child) {
    return new k8s.rbac.v1.ClusterRole(
      name,
      { metadata: { name, labels: { ...MANAGED_BY } }, rules: [...rules] },
      child,
    );
  }

  private deployment(role: ServiceRole, args: SubmissionServiceArgs, child: Child): k8s.apps.v1.Deployment {
    const meta = metadata(ROLE_NAMES[role], args.namespace, role);
    new k8s.policy.v1.PodDisruptionBudget(
      ROLE_NAMES[role],
      { metadata: meta, spec: { maxUnavailable: 1, selector: { matchLabels: roleLabels(role) } } },
      child,
    );
    return new k8s.apps.v1.Deployment(
      ROLE_NAMES[role],
      {
        metadata: meta,
        spec: planDeployment(role, { ...args, brokers: args.brokers[role], results: args.artifacts !== undefined }),
      },
      // How many dispatchers run follows the lag; taking it back on every `up` would fight that.
      { ...child, ...(role === "dispatcher" ? { ignoreChanges: ["spec.replicas"] } : {}) },
    );
  }

  private service(args: SubmissionServiceArgs, child: Child): void {
    new k8s.core.v1.Service(
      ROLE_NAMES.api,
      {
        metadata: metadata(ROLE_NAMES.api, args.namespace, "api"),
        spec: {
          type: "ClusterIP",
          selector: roleLabels("api"),
          ports: Object.entries(SERVICE_PORTS).map(([name, port]) => ({
            name,
            port,
            targetPort: name,
            ...(name === "grpc" ? { appProtocol: "kubernetes.io/h2c" } : {}),
          })),
        },
      },
      child,
    );
  }

  private reach(args: SubmissionServiceArgs, child: Child): pulumi.Resource[] {
    return Object.entries(planReach(args.reach)).map(
      ([policy, spec]) =>
        new k8s.networking.v1.NetworkPolicy(
          `submission-${policy}`,
          { metadata: { name: `submission-${policy}`, namespace: args.namespace, labels: { ...MANAGED_BY } }, spec },
          child,
        ),
    );
  }

  private monitors(args: SubmissionServiceArgs, child: Child): void {
    if (args.reach.monitoredFrom === undefined) return;
    for (const role of SERVICE_ROLES) {
      new k8s.apiextensions.CustomResource(
        `monitor-${ROLE_NAMES[role]}`,
        {
          apiVersion: "monitoring.coreos.com/v1",
          kind: "PodMonitor",
          metadata: metadata(ROLE_NAMES[role], args.namespace, role),
          spec: {
            selector: { matchLabels: roleLabels(role) },
            podMetricsEndpoints: [{ port: "http", path: "/metrics", interval: "30s" }],
          },
        },
        child,
      );
    }
  }
}

type Child = pulumi.CustomResourceOptions;

const metadata = (name: string, namespace: string, role: ServiceRole) => ({
  name,
  namespace,
  labels: { ...MANAGED_BY, ...roleLabels(role) },
});

const roleRef = (role: k8s.rbac.v1.ClusterRole) => ({
  apiGroup: "rbac.authorization.k8s.io",
  kind: "ClusterRole",
  name: role.metadata.name,
});
