import { z } from "zod";
import { valueAt } from "../../verdict/known.ts";
import { ofKind } from "../../verdict/resource.ts";
import { resourceRule } from "../../verdict/rule.ts";
import { grantsOf, tooWide } from "../rights.ts";

/** Policies of AWS that allow everything, or everything of a service. */
const TOO_WIDE = /:aws:policy\/(.*\/)?(AdministratorAccess|PowerUserAccess|.*FullAccess)$/;

const INLINE = ["aws:iam/RolePolicy", "aws:iam/UserPolicy", "aws:iam/GroupPolicy", "aws:iam/Policy"];
const ATTACHED = ["aws:iam/RolePolicyAttachment", "aws:iam/UserPolicyAttachment", "aws:iam/GroupPolicyAttachment"];

export const iamListsWhatItAllows = resourceRule({
  name: "iam-lists-what-it-allows",
  description: "An IAM policy lists its actions, and allows none by a wildcard on every resource.",
  why: "a wildcard also covers what AWS will invent tomorrow, and turns one stolen token of one pod into the account.",
  fix: "list the actions and the ARNs that the program needs; components/cluster's PodRole helps.",
  settings: z.strictObject({}),
  applies: ofKind(...INLINE, ...ATTACHED),
  check({ props }) {
    const attached = valueAt(props, "policyArn");
    if (typeof attached === "string" && TOO_WIDE.test(attached)) return [`allows everything that ${attached} does`];
    const text = valueAt(props, "policy");
    // A preview knows no ARN of what is still to be made: then rights-are-known judges what is known. An update knows it here,
    // before the policy is created.
    return typeof text === "string" && text !== "" ? [...new Set(grantsOf(text).flatMap(tooWide))] : [];
  },
});
