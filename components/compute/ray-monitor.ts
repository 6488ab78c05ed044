import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { MANAGED_BY } from "../security/index.ts";
import { OPERATORS_NAMESPACE } from "./constants.ts";

/** Heads and workers of every Ray cluster, whoever's it is; the operator labels them and opens the port. */
export const planRayMonitor = () => ({
  namespaceSelector: { any: true },
  selector: { matchExpressions: [{ key: "ray.io/node-type", operator: "In", values: ["head", "worker"] }] },
  podMetricsEndpoints: [{ port: "metrics", interval: "15s" }],
  // The cluster's name, and whose run it is.
  podTargetLabels: ["ray.io/cluster", "team", "pipeline_id"],
});

/** What Prometheus reads of Ray. */
export const rayMonitor = (name: string, opts: pulumi.CustomResourceOptions & { provider: k8s.Provider }) =>
  new k8s.apiextensions.CustomResource(
    name,
    {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "PodMonitor",
      metadata: { name: "ray", namespace: OPERATORS_NAMESPACE, labels: { ...MANAGED_BY } },
      spec: planRayMonitor(),
    },
    opts,
  );
