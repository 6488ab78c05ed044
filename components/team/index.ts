export { type ArtifactBucket, planArtifactAccess } from "./artifacts.ts";
export { approvalProblems, type BurstApproval, burstAnnotations, LONGEST_APPROVAL_DAYS } from "./burst.ts";
export * from "./constants.ts";
export { planLimitRange, planResourceQuota, type TeamLimits } from "./limits.ts";
export type { PlatformAccount, TeamGroups } from "./people.ts";
export { planPublishedTeam, type TeamFacts } from "./published.ts";
export { planProfileRights, planQueueRights, planRights } from "./rights.ts";
export { planTeamReader, planTeamStore, TeamSecrets, type TeamSecretsArgs } from "./secrets.ts";
export { Team, type TeamArgs } from "./team.ts";
