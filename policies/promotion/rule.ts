import type { z } from "zod";
import { type Gate, RELEASE_ANNOTATION } from "../../submission/spec/release/index.ts";
import { valueAt } from "./known.ts";
import { ServedRelease } from "./served-release.ts";

/** A resource as a rule sees it: plain data, so that a rule can be tested without an engine. */
export interface Resource {
  /** Pulumi's type token, e.g. `kubernetes:ray.io/v1:RayService`. */
  readonly type: string;
  /** The resource's name in the stack. */
  readonly name: string;
  /** Plain data; `UNKNOWN` in place of what is not known before the update. */
  readonly props: Readonly<Record<string, unknown>>;
}

/** A gate and how a resource is held against it. */
export interface Rule extends Gate {
  /**
   * @param given the rule's settings as the environment wrote them
   * @returns what is wrong, each beginning in the middle of a sentence after the resource's name; nothing, when the resource is right
   *   or none of the rule's business
   * @throws Unreadable, NotDecided, WrongSettings, which `judge` makes findings of
   */
  readonly check: (resource: Resource, given: unknown) => Promise<readonly string[]>;
}

/** The environment has given a rule settings that it cannot work with. */
export class WrongSettings extends Error {
  constructor(issues: readonly z.core.$ZodIssue[]) {
    super(issues.map(({ path, message }) => `${path.map(String).join(".")} ${message}`.trim()).join("; "));
    this.name = "WrongSettings";
  }
}

type Findings = readonly string[] | Promise<readonly string[]>;

/** Decides about one release; whatever else there is, is none of its business. */
export function releaseRule<Settings extends z.ZodObject>(
  gate: Gate<Settings>,
  check: (release: ServedRelease, settings: z.output<Settings>) => Findings,
): Rule {
  return resourceRule(gate, (resource, settings) =>
    claimsRelease(resource) ? check(new ServedRelease(resource), settings) : [],
  );
}

/** Decides about resources of any kind. */
export function resourceRule<Settings extends z.ZodObject>(
  gate: Gate<Settings>,
  check: (resource: Resource, settings: z.output<Settings>) => Findings,
): Rule {
  return { ...gate, check: async (resource, given) => check(resource, parse(gate.settings, given)) };
}

/** Whether it says to be a release, of whatever kind it is, or may say so for all that is known. */
const claimsRelease = ({ props }: Resource): boolean =>
  valueAt(props, "metadata", "annotations", RELEASE_ANNOTATION) !== undefined;

function parse<Settings extends z.ZodObject>(settings: Settings, given: unknown): z.output<Settings> {
  const parsed = settings.safeParse(given);
  if (!parsed.success) throw new WrongSettings(parsed.error.issues);
  return parsed.data;
}
