import type { PolicyMessage } from "../../local/engine/plan.ts";
import { nameIn } from "../change/changes.ts";
import type { Levels, Pack } from "./packs.ts";

/** `refused` and `undecided` stop a change; `advised` does not. In the order in which they are shown. */
export const VERDICTS = ["refused", "undecided", "advised"] as const;
export type Verdict = (typeof VERDICTS)[number];

/** What a rule has to say about a resource. */
export interface Finding {
  readonly verdict: Verdict;
  readonly pack: string;
  readonly rule: string;
  /** File of the rule, from the checkout's root, where it is known. */
  readonly ruleFile: string | undefined;
  /** What must hold, in the pack's words; empty where it said nothing. */
  readonly description: string;
  /** Empty for the stack as a whole. */
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly what: string;
  readonly why: string | undefined;
  readonly fix: string;
}

/** Stops a change. */
export const stops = ({ verdict }: Pick<Finding, "verdict">): boolean => verdict !== "advised";

/**
 * What the packs have to say, sorted. A rule that could not decide stops the change, although the engine calls it advice: the SDK
 * turns every rule that meets a value that is not known yet into that, mandatory ones too.
 *
 * @param levels by pack, what the environment has chosen: only a rule it calls advisory may be undecided
 */
export function findings(
  messages: readonly PolicyMessage[],
  packs: readonly Pack[],
  levels: ReadonlyMap<string, Levels>,
): Finding[] {
  const found = messages.map((message): Finding => {
    const pack = packs.find(({ name }) => name === message.pack);
    const { description, what, why, fix } = parts(message.message);
    const verdict = verdictOf(message, levels.get(message.pack) ?? new Map());
    return {
      verdict,
      pack: message.pack,
      rule: message.policy,
      ruleFile: pack?.rules.get(message.policy),
      description,
      urn: message.urn,
      type: typeIn(message.urn),
      name: nameIn(message.urn),
      what,
      why,
      fix:
        fix ??
        (verdict === "undecided" ? WRITE_IT_DOWN : `make it so that this holds: ${description || message.policy}`),
    };
  });
  const key = ({ verdict, pack, rule, urn, what }: Finding) =>
    [VERDICTS.indexOf(verdict), pack, rule, urn, what].join("\u0000");
  const byKey = new Map(found.map((finding) => [key(finding), finding]));
  return [...byKey].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, finding]) => finding);
}

const WRITE_IT_DOWN = "write the value into the configuration instead of computing it from another resource.";

/** What the SDK says in place of a verdict. */
const NOT_RUN = /can't run policy .* during preview/;
/** What our own packs say, at the level of their rule. */
const NOT_DECIDED = /cannot be decided by /;

function verdictOf({ policy, message, level }: PolicyMessage, levels: Levels): Verdict {
  if (NOT_RUN.test(message)) {
    const chosen = levels.get(policy) ?? levels.get("all");
    return chosen === "advisory" || chosen === "disabled" ? "advised" : "undecided";
  }
  if (level === "advisory" || level === "warning" || level === "disabled") return "advised";
  return NOT_DECIDED.test(message) ? "undecided" : "refused";
}

/** `<what must hold>\n<what is wrong>. Why it matters: ... How to fix it: ...`; of the last two each may be missing. */
function parts(message: string): { description: string; what: string; why?: string; fix?: string } {
  const [first = "", ...rest] = message.split("\n");
  const description = rest.length > 0 ? first.trim() : "";
  const text = (rest.length > 0 ? rest.join("\n") : first).trim();
  const [told = "", fix] = text.split(/\s*How to fix it:\s*/, 2);
  const [what = "", why] = told.split(/\s*Why it matters:\s*/, 2);
  return { description, what, ...(why === undefined ? {} : { why }), ...(fix === undefined ? {} : { fix }) };
}

/** `urn:pulumi:<stack>::<project>::<parent's type>$<type>::<name>`. */
export const typeIn = (urn: string): string => urn.split("::")[2]?.split("$").at(-1) ?? "";
