export * from "./constants.ts";
export { Team, type TeamArgs } from "./team.ts";
