import type { Caller } from "../model.ts";

/**
 * What a caller may do with a team's submissions, in the verbs of Kubernetes' own rights: a rule on the resource `submissions` of the
 * group `orch.dev` in the team's namespace. Nobody needs the right to create Workflows, which would lead past the audit.
 */
export type Verb =
  /** Submit, plan, rerun. */
  | "create"
  /** Status, logs, lineage, audit. */
  | "get"
  | "list"
  /** Cancel. */
  | "delete";

export const SUBMISSIONS = { group: "orch.dev", resource: "submissions" } as const;

/** Who calls, and what they may do. Throws `Unavailable` when nobody can be asked. */
export interface Access {
  /** In words, for `/readyz`: what callers are checked with. */
  readonly description: string;
  /**
   * @param token the bearer token; undefined: none was sent
   * @returns undefined when the token is not (any longer) one
   */
  identify(token: string | undefined): Promise<Caller | undefined>;
  /** @param namespace undefined: in all of them, those that are still to come included */
  may(caller: Caller, verb: Verb, namespace: string | undefined): Promise<boolean>;
}
