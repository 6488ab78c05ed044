import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  MANAGED_BY,
  POD_SECURITY_AUDIT,
  POD_SECURITY_ENFORCE,
  POD_SECURITY_WARN,
  type PodSecurityLevel,
  TEAM_LABEL,
} from "./constants.ts";
import { type NetworkAccess, planNetworkPolicies } from "./network-policies.ts";

export interface NamespaceArgs {
  /** Name in the cluster; never changes. */
  readonly namespace: string;
  /** Pod Security level that is enforced. Default: `restricted`. */
  readonly podSecurity?: PodSecurityLevel;
  /** The team it belongs to; none for the platform's own. */
  readonly team?: string;
  /** What its pods may talk to. Default: each other and DNS. */
  readonly access?: NetworkAccess;
}

/** Labels of a namespace: who owns it and what its pods may be. */
export function planNamespaceLabels(args: Pick<NamespaceArgs, "podSecurity" | "team">): Record<string, string> {
  const level = args.podSecurity ?? "restricted";
  return {
    ...MANAGED_BY,
    [POD_SECURITY_ENFORCE]: level,
    // What the level lets through is still reported against the strictest one.
    [POD_SECURITY_WARN]: "restricted",
    [POD_SECURITY_AUDIT]: "restricted",
    ...(args.team === undefined ? {} : { [TEAM_LABEL]: args.team }),
  };
}

/** A namespace that enforces pod security and drops all traffic it was not told to allow. */
export class SecureNamespace extends pulumi.ComponentResource {
  /** Its name, known from the start so that policies can judge a first preview: what is placed in it depends on this component. */
  readonly namespace: string;

  constructor(name: string, args: NamespaceArgs, opts: pulumi.ComponentResourceOptions & { provider: k8s.Provider }) {
    super("orch:security:SecureNamespace", name, {}, opts);
    const child = { parent: this, provider: opts.provider };

    const namespace = new k8s.core.v1.Namespace(
      name,
      { metadata: { name: args.namespace, labels: planNamespaceLabels(args) } },
      child,
    );
    this.namespace = args.namespace;

    for (const [policy, spec] of Object.entries(planNetworkPolicies(args.access))) {
      new k8s.networking.v1.NetworkPolicy(
        `${name}-${policy}`,
        { metadata: { name: policy, namespace: this.namespace, labels: { ...MANAGED_BY } }, spec },
        { ...child, dependsOn: [namespace] },
      );
    }
    this.registerOutputs({ namespace: this.namespace });
  }
}
