import type * as k8s from "@pulumi/kubernetes";
import type { ApiServerAccess } from "../security/index.ts";
import type { AwsAccess } from "./identity.ts";

/**
 * Where the control plane comes from, the one switch between environments:
 * - `embedded`: started by `local/` on this machine;
 * - `kubeconfig`: a cluster that exists;
 * - `eks`: made by this stack.
 */
export const CLUSTER_KINDS = ["embedded", "kubeconfig", "eks"] as const;
export type ClusterKind = (typeof CLUSTER_KINDS)[number];

/** What may be known about a cluster before it exists. */
export interface ClusterFacts {
  /** Name of the cluster, e.g. `orch-prod`. */
  readonly name: string;
  readonly region: string;
  readonly zones: readonly string[];
  /** Where pods find the API server. */
  readonly apiServer: ApiServerAccess;
}

/** A cluster to put things into: everything after the cluster takes one, and does not ask which kind it is. */
export interface Cluster {
  readonly kind: ClusterKind;
  /** Talks to its API server; server-side apply. */
  readonly provider: k8s.Provider;
  readonly facts: ClusterFacts;
  /** Where rights in AWS can be given to pods: kind `eks`. */
  readonly aws?: AwsAccess;
}

/** How every Kubernetes provider of ours works: server-side apply, and data that changes in place instead of by replacement. */
export const PROVIDER_SETTINGS = {
  enableServerSideApply: true,
  enableConfigMapMutable: true,
  enableSecretMutable: true,
} as const;
