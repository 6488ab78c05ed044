import { NotDecided } from "./known.ts";
import { nameOf, type Resource } from "./resource.ts";
import { type Rule, Unreadable, WrongSettings } from "./rule.ts";

/** `undecided` stops a resource like `refused` does: what is not known is not good. */
export interface Finding {
  readonly verdict: "refused" | "undecided";
  readonly message: string;
}

/**
 * What a rule has to say about a resource; nothing, when it is right or none of the rule's business.
 *
 * @param given the rule's settings as the environment wrote them
 * @param stack all resources, for a rule about the stack
 */
export async function judge(
  rule: Rule,
  resource: Resource,
  given: unknown,
  stack: readonly Resource[] = [],
): Promise<Finding[]> {
  const why = `Why it matters: ${rule.why}`;
  const refused = (what: string, fix = rule.fix): Finding => ({
    verdict: "refused",
    message: `${nameOf(resource)} ${what}. ${why} How to fix it: ${fix}`,
  });
  try {
    return (await rule.check(resource, given, stack)).map((what) => refused(what));
  } catch (error) {
    if (error instanceof Unreadable) return error.findings.map((what) => refused(what, SOURCE));
    if (error instanceof NotDecided) {
      const message = `${nameOf(resource)} cannot be decided by ${rule.name}: ${error.message}. ${why} How to fix it: write the value into the configuration, or name it, instead of computing it from another resource.`;
      return [{ verdict: "undecided", message }];
    }
    if (error instanceof WrongSettings) {
      const message = `${nameOf(resource)} cannot pass ${rule.name}, whose settings are wrong: ${error.message}. Why it matters: a gate that does not know its bounds lets nothing through. How to fix it: correct them in the file given with --policy-pack-config.`;
      return [{ verdict: "refused", message }];
    }
    throw error;
  }
}

/** What is missing or has the wrong form is not mended by a better resource. */
const SOURCE = "correct it where it was written: the stack's configuration, or the evidence, which CI then signs anew.";
