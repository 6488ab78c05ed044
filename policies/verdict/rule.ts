import type { z } from "zod";
import type { Resource } from "./resource.ts";

/** What every rule of every pack says about itself. */
export interface About<Settings extends z.ZodObject> {
  /** Stable, e.g. `card-is-complete`; the key of its settings. */
  readonly name: string;
  /** What must hold. */
  readonly description: string;
  /** What would happen if it did not. */
  readonly why: string;
  /** What to do about it. */
  readonly fix: string;
  /** What an environment may choose. Whatever it leaves out must not make the gate wider. */
  readonly settings: Settings;
}

/** A value that a rule would put in at `path`. */
export interface Change {
  readonly path: readonly string[];
  readonly value: string | boolean | Readonly<Record<string, string>>;
}

export interface Rule extends About<z.ZodObject> {
  /**
   * `resource`: each is judged by itself, before it is created. `stack`: each is judged among all others, at the end of a preview,
   * and again at the end of an update.
   */
  readonly scope: "resource" | "stack";
  /** Whether a resource is any of its business, by what can be told at a glance. */
  readonly applies: (resource: Resource) => boolean;
  /**
   * @param given the rule's settings as the environment wrote them
   * @param stack all resources; empty for a rule about resources
   * @returns what is wrong, each beginning in the middle of a sentence after the resource's name; nothing, when the resource is right
   *   or none of the rule's business
   * @throws Unreadable, NotDecided, WrongSettings, which `judge` makes findings of
   */
  readonly check: (resource: Resource, given: unknown, stack: readonly Resource[]) => Promise<readonly string[]>;
  /** What would make it right, where that is safe; done at the level `remediate` only. */
  readonly remedy?: (resource: Resource, given: unknown) => readonly Change[];
}

/** The environment has given a rule settings that it cannot work with. */
export class WrongSettings extends Error {
  constructor(issues: readonly z.core.$ZodIssue[]) {
    super(issues.map(({ path, message }) => `${path.map(String).join(".")} ${message}`.trim()).join("; "));
    this.name = "WrongSettings";
  }
}

/** What a resource says cannot be read; the reasons are findings, and it is refused with them. */
export class Unreadable extends Error {
  /** Each begins in the middle of a sentence after the resource's name. */
  readonly findings: readonly string[];
  constructor(findings: readonly string[]) {
    super(findings.join("; "));
    this.name = "Unreadable";
    this.findings = findings;
  }
}

type Findings = readonly string[] | Promise<readonly string[]>;

/** Decides about resources one by one. */
export function resourceRule<Settings extends z.ZodObject>(
  rule: About<Settings> & {
    applies?: (resource: Resource) => boolean;
    check: (resource: Resource, settings: z.output<Settings>) => Findings;
    remedy?: (resource: Resource, settings: z.output<Settings>) => readonly Change[];
  },
): Rule {
  const { applies = () => true, remedy, ...about } = rule;
  return {
    ...about,
    scope: "resource",
    applies,
    check: async (resource, given) =>
      applies(resource) ? rule.check(resource, parseSettings(rule.settings, given)) : [],
    ...(remedy && {
      remedy: (resource: Resource, given: unknown) =>
        applies(resource) ? remedy(resource, parseSettings(rule.settings, given)) : [],
    }),
  };
}

/** Decides about resources by what else there is in the stack. */
export function stackRule<Settings extends z.ZodObject>(
  rule: About<Settings> & {
    applies: (resource: Resource) => boolean;
    check: (resource: Resource, settings: z.output<Settings>, stack: readonly Resource[]) => Findings;
  },
): Rule {
  return {
    ...rule,
    scope: "stack",
    check: async (resource, given, stack) =>
      rule.applies(resource) ? rule.check(resource, parseSettings(rule.settings, given), stack) : [],
  };
}

/** @throws WrongSettings */
export function parseSettings<Settings extends z.ZodObject>(settings: Settings, given: unknown): z.output<Settings> {
  const parsed = settings.safeParse(given);
  if (!parsed.success) throw new WrongSettings(parsed.error.issues);
  return parsed.data;
}
