import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../cluster/index.ts";
import { MANAGED_BY } from "../security/index.ts";
import { CHARTS, CONTAINER_SECURITY, CrdSet, chartRelease, type Installation, POD_SECURITY } from "../system/index.ts";
import { type ArgoConfigArgs, planArgoConfig } from "./argo-config.ts";
import { CONTROLLER_NAMESPACE_RULES, CONTROLLER_RULES } from "./argo-rbac.ts";
import { ARGO_CONFIG_MAP, ARGO_CONTROLLER_ACCOUNT, ARGO_REQUEUE_TIME } from "./constants.ts";

export interface ArgoWorkflowsArgs {
  readonly cluster: Cluster;
  /** Where the controller and its configuration live; depend on it. */
  readonly namespace: string;
  readonly installation: Installation;
  /** Default: each setting's own default. */
  readonly config?: ArgoConfigArgs;
  /** Wait before a changed workflow is looked at again. Default: `ARGO_REQUEUE_TIME`. */
  readonly requeueTime?: string;
}

/** Values of the chart: the controller only; its rights, account and configuration are ours in every environment. */
export function planArgoValues(args: Pick<ArgoWorkflowsArgs, "requeueTime">) {
  return {
    fullnameOverride: "argo",
    crds: { install: true, keep: true },
    createAggregateRoles: false,
    controller: {
      name: "workflow-controller",
      // One leader, one that takes over: the controller does not scale out.
      replicas: 2,
      pdb: { enabled: true, maxUnavailable: 1 },
      configMap: { create: false, name: ARGO_CONFIG_MAP },
      rbac: { create: false },
      serviceAccount: { create: false, name: ARGO_CONTROLLER_ACCOUNT },
      clusterWorkflowTemplates: { enabled: false },
      workflowWorkers: 64,
      extraArgs: ["--qps", "200", "--burst", "400"],
      extraEnv: [{ name: "DEFAULT_REQUEUE_TIME", value: args.requeueTime ?? ARGO_REQUEUE_TIME }],
      resources: { requests: { cpu: "1", memory: "2Gi" }, limits: { memory: "4Gi" } },
      podSecurityContext: POD_SECURITY,
      securityContext: CONTAINER_SECURITY,
    },
    workflow: { rbac: { create: false }, serviceAccount: { create: false } },
    // People and services come through the submission API; Argo's own would be a second door without its checks.
    server: { enabled: false },
  };
}

/** Argo Workflows: definitions or chart, the controller's account and rights, its configuration. */
export class ArgoWorkflows extends pulumi.ComponentResource {
  /** Everything a Workflow needs before it can be created. */
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: ArgoWorkflowsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:workflow:ArgoWorkflows", name, {}, opts);
    const child = { parent: this, provider: args.cluster.provider };
    const metadata = (objectName: string) => ({
      name: objectName,
      namespace: args.namespace,
      labels: { ...MANAGED_BY },
    });

    const account = this.controllerAccount(name, metadata, child);
    const config = new k8s.core.v1.ConfigMap(
      `${name}-config`,
      { metadata: metadata(ARGO_CONFIG_MAP), data: planArgoConfig(args.config) },
      child,
    );
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
            { ...child, dependsOn: [account, config] },
          );

    this.ready = [system, config];
    this.registerOutputs({ configMap: config.metadata.name });
  }

  private controllerAccount(
    name: string,
    metadata: (objectName: string) => k8s.types.input.meta.v1.ObjectMeta,
    child: pulumi.CustomResourceOptions,
  ): k8s.core.v1.ServiceAccount {
    const meta = metadata(ARGO_CONTROLLER_ACCOUNT);
    const account = new k8s.core.v1.ServiceAccount(`${name}-controller`, { metadata: meta }, child);
    const subjects = [{ kind: "ServiceAccount", name: ARGO_CONTROLLER_ACCOUNT, namespace: meta.namespace }];
    const cluster = { name: `orch-${ARGO_CONTROLLER_ACCOUNT}`, labels: { ...MANAGED_BY } };

    const clusterRole = new k8s.rbac.v1.ClusterRole(
      `${name}-controller`,
      { metadata: cluster, rules: [...CONTROLLER_RULES] },
      child,
    );
    new k8s.rbac.v1.ClusterRoleBinding(
      `${name}-controller`,
      { metadata: cluster, roleRef: roleRef("ClusterRole", clusterRole.metadata.name), subjects },
      child,
    );
    const role = new k8s.rbac.v1.Role(
      `${name}-controller`,
      { metadata: meta, rules: [...CONTROLLER_NAMESPACE_RULES] },
      child,
    );
    new k8s.rbac.v1.RoleBinding(
      `${name}-controller`,
      { metadata: meta, roleRef: roleRef("Role", role.metadata.name), subjects },
      child,
    );
    return account;
  }
}

const roleRef = (kind: "ClusterRole" | "Role", name: pulumi.Input<string>) => ({
  apiGroup: "rbac.authorization.k8s.io",
  kind,
  name,
});
