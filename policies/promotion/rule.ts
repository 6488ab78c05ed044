import type { z } from "zod";
import { type Gate, RELEASE_ANNOTATION } from "../../submission/spec/release/index.ts";
import { valueAt } from "../verdict/known.ts";
import type { Resource } from "../verdict/resource.ts";
import { type Rule, resourceRule } from "../verdict/rule.ts";
import { ServedRelease } from "./served-release.ts";

/** Decides about one release; whatever else there is, is none of its business. */
export function releaseRule<Settings extends z.ZodObject>(
  gate: Gate<Settings>,
  check: (release: ServedRelease, settings: z.output<Settings>) => readonly string[] | Promise<readonly string[]>,
): Rule {
  return resourceRule({
    ...gate,
    applies: claimsRelease,
    check: (resource, settings) => check(new ServedRelease(resource), settings),
  });
}

/** Whether it says to be a release, of whatever kind it is, or may say so for all that is known. */
const claimsRelease = ({ props }: Resource): boolean =>
  valueAt(props, "metadata", "annotations", RELEASE_ANNOTATION) !== undefined;
