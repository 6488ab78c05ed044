import { z } from "zod";
import { knownAt, knownListAt } from "../../verdict/known.ts";
import { ofKind } from "../../verdict/resource.ts";
import { resourceRule } from "../../verdict/rule.ts";
import { isEverywhere } from "../reach.ts";

export const controlPlaneIsClosed = resourceRule({
  name: "control-plane-is-closed",
  description: "A cluster's API is private, or public to named addresses only.",
  why: "whoever reaches the API server can try stolen credentials and every flaw that is found in it, from anywhere and at any time.",
  fix: "set `cluster.access` to vpc-runner, or to an allow-list of the addresses that need it.",
  settings: z.strictObject({
    /** Whether a public endpoint is allowed at all, for named addresses. Default: no. */
    allowList: z.boolean().default(false),
  }),
  applies: ofKind("aws:eks/Cluster"),
  check({ props }, { allowList }) {
    // Public is what AWS makes it where nothing is said, and to everybody where nobody is named.
    if (knownAt(props, "vpcConfig", "endpointPublicAccess") === false) return [];
    const cidrs = knownListAt(props, "vpcConfig", "publicAccessCidrs");
    if (cidrs.length === 0 || cidrs.some(isEverywhere)) return ["has an API that can be called from everywhere"];
    return allowList ? [] : [`has an API that can be called from outside (${cidrs.map(String).join(", ")})`];
  },
});
