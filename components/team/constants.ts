/** Where a team's work runs. No imports here. */
export const teamNamespace = (team: string) => `team-${team}`;
/** The Kubernetes Secret that holds a scope's keys in the team's namespace. */
export const scopeSecret = (scope: string) => scope;
