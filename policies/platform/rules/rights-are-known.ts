import { z } from "zod";
import { NotDecided, UNKNOWN, valueAt } from "../../verdict/known.ts";
import { ofKind } from "../../verdict/resource.ts";
import { stackRule } from "../../verdict/rule.ts";
import { registeredGrants, tooWide } from "../rights.ts";

export const rightsAreKnown = stackRule({
  name: "rights-are-known",
  description:
    "What an IAM policy allows can be judged in the preview, although it names ARNs that are still to be made.",
  why: "rights that nobody could judge would be green in the pull request and there after the merge.",
  fix: "let the component that makes the policy register its rights (registerOutputs, `permissions`: actions, resources, conditions), as components/cluster's PodRole does.",
  settings: z.strictObject({}),
  applies: ofKind("aws:iam/RolePolicy", "aws:iam/UserPolicy", "aws:iam/GroupPolicy", "aws:iam/Policy"),
  check(policy, _, stack) {
    if (valueAt(policy.props, "policy") !== UNKNOWN) return [];
    const maker = stack.find(({ urn }) => urn !== undefined && urn === policy.parent);
    const grants = maker === undefined ? undefined : registeredGrants(maker.props);
    if (grants === undefined) throw new NotDecided("its text");
    return [...new Set(grants.flatMap(tooWide))];
  },
});
