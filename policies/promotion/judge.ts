import { NotDecided, UNKNOWN, valueAt } from "./known.ts";
import { type Resource, type Rule, WrongSettings } from "./rule.ts";
import { Unreadable } from "./served-release.ts";

/** `undecided` stops a release like `refused` does: what is not known is not good. */
export interface Finding {
  readonly verdict: "refused" | "undecided";
  readonly message: string;
}

/**
 * What a rule has to say about a resource; nothing, when it is right or none of the rule's business.
 *
 * @param given the rule's settings as the environment wrote them
 */
export async function judge(rule: Rule, resource: Resource, given: unknown): Promise<Finding[]> {
  const about = nameOf(resource);
  const why = `Why it matters: ${rule.why}`;
  const refused = (what: string, fix = rule.fix): Finding => ({
    verdict: "refused",
    message: `${about} ${what}. ${why} How to fix it: ${fix}`,
  });
  try {
    return (await rule.check(resource, given)).map((what) => refused(what));
  } catch (error) {
    if (error instanceof Unreadable) return error.findings.map((what) => refused(what, SOURCE));
    if (error instanceof NotDecided) {
      const message = `${about} cannot be decided by ${rule.name}: ${error.message}. ${why} How to fix it: write the value into the release's configuration instead of computing it from another resource.`;
      return [{ verdict: "undecided", message }];
    }
    if (error instanceof WrongSettings) {
      const message = `${about} cannot pass ${rule.name}, whose settings are wrong: ${error.message}. Why it matters: a gate that does not know its bounds lets nothing through. How to fix it: correct them in the file given with --policy-pack-config.`;
      return [{ verdict: "refused", message }];
    }
    throw error;
  }
}

/** What is missing or has the wrong form is not mended by a better model. */
const SOURCE =
  "correct it where it was written: the release in the stack's configuration, or the evidence, which CI then signs anew.";

/** As people know it: `RayService serving/bt-xs-prod`. */
function nameOf({ type, name, props }: Resource): string {
  const kind = type.split(":").at(-1) ?? type;
  const parts = ["namespace", "name"].map((field) => valueAt(props, "metadata", field));
  const known = parts.filter((part): part is string => typeof part === "string" && part !== "");
  return `${kind} ${known.length === 0 || parts[1] === UNKNOWN ? name : known.join("/")}`;
}
