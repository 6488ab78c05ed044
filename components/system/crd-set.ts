import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

export interface CrdSetArgs {
  /** Paths of JSON files, one CustomResourceDefinition each. */
  readonly files: readonly string[];
}

/**
 * The CustomResourceDefinitions of one system; done when the API server has established all of them. The provider reads
 * the files itself: a megabyte of definitions handed over by the program costs the engine seconds at every operation.
 */
export class CrdSet extends pulumi.ComponentResource {
  constructor(name: string, args: CrdSetArgs, opts: pulumi.ComponentResourceOptions & { provider: k8s.Provider }) {
    super("orch:system:CrdSet", name, {}, opts);
    new k8s.yaml.v2.ConfigGroup(name, { files: [...args.files] }, { parent: this, provider: opts.provider });
    this.registerOutputs({});
  }
}
