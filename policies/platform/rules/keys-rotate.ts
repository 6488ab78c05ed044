import { z } from "zod";
import { knownAt } from "../../verdict/known.ts";
import { ofKind } from "../../verdict/resource.ts";
import { resourceRule } from "../../verdict/rule.ts";

export const keysRotate = resourceRule({
  name: "keys-rotate",
  description: "A KMS key gets new material every year.",
  why: "what one key has encrypted for years is what its loss gives away; rotation costs nothing and needs nobody.",
  fix: "set enableKeyRotation to true. At the level `remediate` that is done for you.",
  settings: z.strictObject({}),
  applies: ofKind("aws:kms/Key"),
  check: ({ props }) =>
    cannotRotate(props) || knownAt(props, "enableKeyRotation") === true ? [] : ["is never rotated"],
  remedy: ({ props }) =>
    cannotRotate(props) || knownAt(props, "enableKeyRotation") === true
      ? []
      : [{ path: ["enableKeyRotation"], value: true }],
});

/** Asymmetric keys, and those whose material lies in a store of ours, AWS cannot rotate. */
function cannotRotate(props: object): boolean {
  const spec = knownAt(props, "customerMasterKeySpec") ?? "SYMMETRIC_DEFAULT";
  return spec !== "SYMMETRIC_DEFAULT" || knownAt(props, "customKeyStoreId") !== undefined;
}
