import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../cluster/index.ts";
import { MANAGED_BY } from "../security/index.ts";
import { DISPATCHER_GROUP, JOBS_TOPIC } from "./constants.ts";

export interface LagScaling {
  /** `host:port` of every broker, comma-separated. */
  readonly bootstrap: string;
  /** Jobs that one dispatcher may have before it: beyond, another one starts. Default: 1000. */
  readonly lagThreshold?: number;
  /** Dispatchers that always run. Default: 1. */
  readonly min?: number;
  /** The most there can be; more than the topic has partitions would wait idle. Default: 12. */
  readonly max?: number;
}

/** Spec of the TriggerAuthentication: everything from the Secret that `BrokerAccess.secret("keda", ...)` brings. */
export const planTriggerAuthentication = (secretName: string) => ({
  secretTargetRef: ["sasl", "username", "password", "tls", "ca"].map((parameter) => ({
    parameter,
    name: secretName,
    key: parameter,
  })),
});

/**
 * Spec of the ScaledObject: dispatchers by the jobs that wait for them.
 *
 * The requirements' example scales `argo-workflows-server` on this lag. The server is no consumer of the topic: more of it
 * would read nothing, and the lag would hold it at its maximum for ever. The dispatcher is the consumer.
 */
export function planScaledObject(deployment: string, authentication: string, scaling: LagScaling) {
  const min = scaling.min ?? 1;
  return {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: deployment },
    // Seconds.
    pollingInterval: 5,
    cooldownPeriod: 120,
    minReplicaCount: min,
    maxReplicaCount: scaling.max ?? 12,
    // Brokers that cannot be asked for 15 s: keep going with what there is, and with at least two.
    fallback: { failureThreshold: 3, replicas: Math.max(2, min), behavior: "currentReplicasIfHigher" },
    advanced: {
      horizontalPodAutoscalerConfig: {
        behavior: {
          scaleUp: { stabilizationWindowSeconds: 0, policies: [{ type: "Percent", value: 100, periodSeconds: 15 }] },
          // Each change makes the group share its partitions out again: one at a time.
          scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: "Pods", value: 1, periodSeconds: 60 }] },
        },
      },
    },
    triggers: [
      {
        type: "kafka",
        name: "lag",
        metricType: "AverageValue",
        metadata: {
          bootstrapServers: scaling.bootstrap,
          consumerGroup: DISPATCHER_GROUP,
          topic: JOBS_TOPIC,
          lagThreshold: String(scaling.lagThreshold ?? 1000),
          // A group that has never read starts with the oldest job, and so does its lag.
          offsetResetPolicy: "earliest",
          allowIdleConsumers: "false",
        },
        authenticationRef: { name: authentication, kind: "TriggerAuthentication" },
      },
    ],
  };
}

export interface LagScalerArgs extends LagScaling {
  readonly cluster: Cluster;
  /** Where the Deployment and the Secret are. */
  readonly namespace: string;
  /** Name of the Deployment; it must not set `replicas` itself. */
  readonly deployment: string;
  /** Secret that `BrokerAccess.secret("keda", namespace)` brought. */
  readonly secretName: string;
}

/** Scales a Deployment by the lag of the dispatcher's group. */
export class LagScaler extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: LagScalerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:queue:LagScaler", name, {}, opts);
    const child = { parent: this, provider: args.cluster.provider };
    const metadata = { name: args.deployment, namespace: args.namespace, labels: { ...MANAGED_BY } };
    const authentication = new k8s.apiextensions.CustomResource(
      `${name}-authentication`,
      {
        apiVersion: "keda.sh/v1alpha1",
        kind: "TriggerAuthentication",
        metadata,
        spec: planTriggerAuthentication(args.secretName),
      },
      child,
    );
    const object = new k8s.apiextensions.CustomResource(
      name,
      {
        apiVersion: "keda.sh/v1alpha1",
        kind: "ScaledObject",
        metadata,
        spec: planScaledObject(args.deployment, args.deployment, args),
      },
      { ...child, dependsOn: [authentication] },
    );
    this.ready = [object];
    this.registerOutputs({});
  }
}
