/** Names that policies, stacks and the local environment rely on. No imports here. */

/** Where a team's work runs. */
export const teamNamespace = (team: string) => `team-${team}`;
/** The Kubernetes Secret that holds a scope's keys in the team's namespace. */
export const scopeSecret = (scope: string) => scope;

/**
 * Who let a team borrow beyond its quota, since when and until when: on each of its ClusterQueues that may borrow. Dates are days,
 * `YYYY-MM-DD`; the last one counts.
 */
export const BURST_APPROVED_BY = "orch.dev/burst-approved-by";
export const BURST_APPROVED_AT = "orch.dev/burst-approved-at";
export const BURST_APPROVED_UNTIL = "orch.dev/burst-approved-until";

/** What people of a team may be, each with all rights of the one before it. */
export const TEAM_ROLES = ["read", "submit", "lead"] as const;
export type TeamRole = (typeof TEAM_ROLES)[number];
