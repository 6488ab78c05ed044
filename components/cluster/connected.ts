import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Cluster, type ClusterFacts, PROVIDER_SETTINGS } from "./cluster.ts";

export interface ConnectedClusterArgs {
  readonly kind: "embedded" | "kubeconfig";
  /** Path of a kubeconfig file, or its content. */
  readonly kubeconfig: string;
  /** Context in it. Default: its current one. */
  readonly context?: string;
  readonly facts: ClusterFacts;
}

/** A cluster that exists already: nothing is created but the connection. */
export class ConnectedCluster extends pulumi.ComponentResource implements Cluster {
  readonly kind: "embedded" | "kubeconfig";
  readonly provider: k8s.Provider;
  readonly facts: ClusterFacts;

  constructor(name: string, args: ConnectedClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:cluster:ConnectedCluster", name, {}, opts);
    this.kind = args.kind;
    this.facts = args.facts;
    this.provider = new k8s.Provider(
      name,
      { kubeconfig: args.kubeconfig, context: args.context, ...PROVIDER_SETTINGS },
      { parent: this },
    );
    this.registerOutputs({ kind: args.kind });
  }
}
