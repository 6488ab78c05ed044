import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../cluster/index.ts";
import { CrdSet } from "../system/index.ts";
import type { Operator } from "./constants.ts";

export interface OperatorCrdsArgs {
  readonly cluster: Cluster;
  readonly operator: Operator;
  /** Paths of JSON files, one definition each. */
  readonly crds: readonly string[];
}

/** The custom resources of one compute operator whose controller runs elsewhere. */
export class OperatorCrds extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: OperatorCrdsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:compute:OperatorCrds", name, {}, opts);
    this.ready = [new CrdSet(`${name}-crds`, { files: args.crds }, { parent: this, provider: args.cluster.provider })];
    this.registerOutputs({ operator: args.operator });
  }
}
