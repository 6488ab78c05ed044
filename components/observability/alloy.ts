import { createHash } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../cluster/index.ts";
import { MANAGED_BY } from "../security/index.ts";
import { CHARTS, chartRelease, resources } from "../system/index.ts";
import { type AlloyPipelines, planAlloyConfig } from "./alloy-config.ts";
import { NODE_AGENTS_NAMESPACE, OTLP_PORTS } from "./constants.ts";

export interface AlloySettings {
  readonly pipelines: AlloyPipelines;
  /** Whether Prometheus is there to scrape. */
  readonly monitoring: boolean;
}

export interface AlloyArgs extends AlloySettings {
  readonly cluster: Cluster;
  readonly mirror?: string | undefined;
}

/** Where it remembers how far it has read: a restart of the pod must not send a node's logs again. */
const STATE = "/var/lib/alloy";
const PODS = { "app.kubernetes.io/name": "alloy" } as const;

/**
 * Values of the chart. One collector for all three, one pod on each node: it reads the logs of its node from the disk (through the
 * API server they would all pass the control plane), and takes OTLP from the pods of its node.
 */
export function planAlloyValues(args: AlloySettings) {
  const config = planAlloyConfig(args.pipelines);
  return {
    fullnameOverride: "alloy",
    crds: { create: false },
    alloy: {
      configMap: { content: config },
      enableReporting: false,
      storagePath: STATE,
      mounts: { varlog: true, extra: [{ name: "state", mountPath: STATE }] },
      extraEnv: [{ name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }],
      extraPorts: OTLP_PORTS.map((port) => ({
        name: port === 4317 ? "otlp-grpc" : "otlp-http",
        port,
        targetPort: port,
        protocol: "TCP",
      })),
      // Log files belong to root: it runs as root, with the one capability that reading them takes.
      securityContext: {
        runAsUser: 0,
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"], add: ["DAC_READ_SEARCH"] },
        seccompProfile: { type: "RuntimeDefault" },
      },
      resources: resources({ cpu: "100m", memory: "512Mi" }),
    },
    rbac: {
      // Who is who on its node, and no more: the chart's own list reads every Secret of the cluster.
      rules: [{ apiGroups: [""], resources: ["pods", "namespaces"], verbs: ["get", "list", "watch"] }],
      clusterRules: [{ apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch"] }],
    },
    // A change of the configuration changes an annotation and so rolls the pods; nobody has to watch for it.
    configReloader: { enabled: false },
    controller: {
      type: "daemonset",
      podAnnotations: { "orch.dev/config": createHash("sha256").update(config).digest("hex") },
      volumes: { extra: [{ name: "state", hostPath: { path: STATE, type: "DirectoryOrCreate" } }] },
      // Every node, whatever it is tainted for.
      tolerations: [{ operator: "Exists" }],
      priorityClassName: "system-node-critical",
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "10%" } },
    },
    // To the collector of one's own node: it knows its pods, and nothing crosses zones.
    service: { enabled: true, internalTrafficPolicy: "Local" },
    serviceMonitor: { enabled: args.monitoring },
  };
}

/** Every pod of the cluster may send OTLP. */
export function planOtlpIngress(): k8s.types.input.networking.v1.NetworkPolicySpec {
  return {
    podSelector: { matchLabels: { ...PODS } },
    policyTypes: ["Ingress"],
    ingress: [{ from: [{ namespaceSelector: {} }], ports: OTLP_PORTS.map((port) => ({ protocol: "TCP", port })) }],
  };
}

/** The collector of logs, traces and pushed metrics. */
export class Alloy extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: AlloyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:observability:Alloy", name, {}, opts);
    const child = { parent: this, provider: args.cluster.provider };
    new k8s.networking.v1.NetworkPolicy(
      `${name}-otlp`,
      {
        metadata: { name: "otlp-from-everywhere", namespace: NODE_AGENTS_NAMESPACE, labels: { ...MANAGED_BY } },
        spec: planOtlpIngress(),
      },
      child,
    );
    const release = chartRelease(
      `${name}-chart`,
      { chart: CHARTS.alloy, mirror: args.mirror, namespace: NODE_AGENTS_NAMESPACE, values: planAlloyValues(args) },
      child,
    );
    this.ready = [release];
    this.registerOutputs({ pipelines: args.pipelines });
  }
}
