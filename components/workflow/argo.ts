import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { type Cluster, type Permission, PodRole } from "../cluster/index.ts";
import { MANAGED_BY } from "../security/index.ts";
import {
  type Availability,
  CHARTS,
  CONTAINER_SECURITY,
  CrdSet,
  chartRelease,
  type Installation,
  ON_SYSTEM_NODES,
  POD_SECURITY,
  replicas,
  resources,
  spreadOver,
} from "../system/index.ts";
import { archiveDocument, type WorkflowArchive } from "./argo-archive.ts";
import { type ArgoConfigArgs, planArgoConfig } from "./argo-config.ts";
import { CONTROLLER_RULES, controllerNamespaceRules } from "./argo-rbac.ts";
import { type ArgoServerAuth, planServerValues, planSso, SERVER_RULES, serverNamespaceRules } from "./argo-server.ts";
import {
  ARGO_CONFIG_MAP,
  ARGO_CONTROLLER_ACCOUNT,
  ARGO_POD_STATUS_CAPTURE,
  ARGO_REQUEUE_MILLIS,
  ARGO_SERVER_ACCOUNT,
} from "./constants.ts";

export interface ArgoWorkflowsArgs {
  readonly cluster: Cluster;
  /** Where the controller and its configuration live; depend on it. */
  readonly namespace: string;
  readonly installation: Installation;
  /** Default: each setting's own default. */
  readonly config?: ArgoConfigArgs;
  /** Wait before a changed workflow is looked at again. Default: `ARGO_REQUEUE_MILLIS`. */
  readonly requeueTime?: string;
  /** Default: `single`. */
  readonly availability?: Availability;
  /** Whether a Prometheus reads its metrics. Default: false. */
  readonly monitoring?: boolean;
  /** Where finished Workflows are kept. Default: they end with their time to live. */
  readonly archive?: WorkflowArchive | undefined;
  /** Who may look into Argo's own interface. Default: there is none. */
  readonly server?: ArgoServerAuth | undefined;
  /** Rights in AWS to read archived logs, which the server shows. Default: it shows none. */
  readonly logRights?: readonly Permission[] | undefined;
}

type ValueArgs = Pick<ArgoWorkflowsArgs, "requeueTime" | "availability" | "monitoring" | "server">;

/** Values of the chart: the processes only; rights, accounts and configuration are ours in every environment. */
export function planArgoValues({ requeueTime, availability = "single", monitoring = false, server }: ValueArgs) {
  const high = availability === "high";
  return {
    fullnameOverride: "argo",
    images: { pullPolicy: "IfNotPresent" },
    // The full definitions check each update of a large Workflow for twice the time; ours are checked before they are submitted.
    crds: { install: true, keep: true, full: false },
    createAggregateRoles: false,
    controller: {
      name: "workflow-controller",
      // One leader, one that takes over: the controller does not scale out.
      replicas: replicas(availability),
      pdb: { enabled: true, maxUnavailable: 1 },
      configMap: { create: false, name: ARGO_CONFIG_MAP },
      rbac: { create: false },
      serviceAccount: { create: false, name: ARGO_CONTROLLER_ACCOUNT },
      // Every team brings its namespace with accounts and rights of its own.
      workflowNamespaces: [],
      clusterWorkflowTemplates: { enabled: false },
      workflowWorkers: 64,
      podCleanupWorkers: 16,
      extraArgs: ["--qps", "200", "--burst", "400"],
      extraEnv: [
        { name: "DEFAULT_REQUEUE_TIME", value: requeueTime ?? `${ARGO_REQUEUE_MILLIS}ms` },
        { ...ARGO_POD_STATUS_CAPTURE },
      ],
      logging: { format: "json" },
      // It holds all unfinished Workflows in memory.
      resources: resources(high ? { cpu: "1", memory: "4Gi" } : { cpu: "250m", memory: "1Gi" }),
      nodeSelector: { ...ON_SYSTEM_NODES },
      topologySpreadConstraints: spreadOver({ "app.kubernetes.io/name": "argo-workflows-workflow-controller" }),
      podSecurityContext: POD_SECURITY,
      securityContext: CONTAINER_SECURITY,
      metricsConfig: { enabled: monitoring },
      serviceMonitor: { enabled: monitoring },
    },
    workflow: { rbac: { create: false }, serviceAccount: { create: false } },
    server: planServerValues(server, availability),
  };
}

/** Argo Workflows: definitions or chart, the accounts and rights of its processes, its configuration. */
export class ArgoWorkflows extends pulumi.ComponentResource {
  /** Everything a Workflow needs before it can be created. */
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: ArgoWorkflowsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:workflow:ArgoWorkflows", name, {}, opts);
    const child = { parent: this, provider: args.cluster.provider };

    const controller = this.controllerAccount(name, args, child);
    const server = this.serverAccount(name, args, child);
    const config = this.configuration(name, args, child);
    const system =
      args.installation.install === "crds"
        ? new CrdSet(`${name}-crds`, { files: args.installation.files }, child)
        : chartRelease(
            `${name}-chart`,
            {
              chart: CHARTS.argoWorkflows,
              release: "argo",
              mirror: args.installation.mirror,
              namespace: args.namespace,
              values: planArgoValues(args),
            },
            { ...child, dependsOn: [controller, ...server, config, ...(args.archive?.ready ?? [])] },
          );

    this.ready = [system, config];
    this.registerOutputs({ configMap: config.metadata.name });
  }

  private configuration(name: string, args: ArgoWorkflowsArgs, child: Child): k8s.core.v1.ConfigMap {
    const { archive, server } = args;
    return new k8s.core.v1.ConfigMap(
      `${name}-config`,
      {
        metadata: metadata(args, ARGO_CONFIG_MAP),
        data: {
          ...planArgoConfig(args.config),
          ...(archive === undefined ? {} : { persistence: archiveDocument(archive) }),
          ...(server?.mode === "sso" ? { sso: stringify(planSso(server), { sortMapEntries: true }) } : {}),
        },
      },
      child,
    );
  }

  private controllerAccount(name: string, args: ArgoWorkflowsArgs, child: Child): k8s.core.v1.ServiceAccount {
    return this.account(`${name}-controller`, args, child, {
      account: ARGO_CONTROLLER_ACCOUNT,
      everywhere: CONTROLLER_RULES,
      own: controllerNamespaceRules(archiveSecrets(args)),
    });
  }

  private serverAccount(name: string, args: ArgoWorkflowsArgs, child: Child): pulumi.Resource[] {
    if (args.server === undefined) return [];
    const account = this.account(`${name}-server`, args, child, {
      account: ARGO_SERVER_ACCOUNT,
      everywhere: SERVER_RULES,
      own: serverNamespaceRules(args.server, archiveSecrets(args)),
    });
    if (args.cluster.aws === undefined || args.logRights === undefined) return [account];
    const role = new PodRole(
      `${name}-server`,
      {
        aws: args.cluster.aws,
        namespace: args.namespace,
        serviceAccount: ARGO_SERVER_ACCOUNT,
        permissions: args.logRights,
      },
      { parent: this },
    );
    return [account, ...role.ready];
  }

  private account(name: string, args: ArgoWorkflowsArgs, child: Child, rights: Rights): k8s.core.v1.ServiceAccount {
    const meta = metadata(args, rights.account);
    const account = new k8s.core.v1.ServiceAccount(name, { metadata: meta }, child);
    const subjects = [{ kind: "ServiceAccount", name: rights.account, namespace: args.namespace }];
    const cluster = { name: `orch-${rights.account}`, labels: { ...MANAGED_BY } };

    const clusterRole = new k8s.rbac.v1.ClusterRole(name, { metadata: cluster, rules: [...rights.everywhere] }, child);
    new k8s.rbac.v1.ClusterRoleBinding(
      name,
      { metadata: cluster, roleRef: roleRef("ClusterRole", clusterRole.metadata.name), subjects },
      child,
    );
    const role = new k8s.rbac.v1.Role(name, { metadata: meta, rules: [...rights.own] }, child);
    new k8s.rbac.v1.RoleBinding(
      name,
      { metadata: meta, roleRef: roleRef("Role", role.metadata.name), subjects },
      child,
    );
    return account;
  }
}

type Child = pulumi.CustomResourceOptions;
type Rule = k8s.types.input.rbac.v1.PolicyRule;

interface Rights {
  readonly account: string;
  readonly everywhere: readonly Rule[];
  /** In Argo's own namespace. */
  readonly own: readonly Rule[];
}

const archiveSecrets = ({ archive }: ArgoWorkflowsArgs): string[] =>
  archive === undefined ? [] : [archive.secretName];

const metadata = ({ namespace }: ArgoWorkflowsArgs, name: string) => ({ name, namespace, labels: { ...MANAGED_BY } });

const roleRef = (kind: "ClusterRole" | "Role", name: pulumi.Input<string>) => ({
  apiGroup: "rbac.authorization.k8s.io",
  kind,
  name,
});
