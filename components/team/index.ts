export * from "./constants.ts";
export { type ArtifactAccess, planArtifactPermissions, Team, type TeamArgs } from "./team.ts";
