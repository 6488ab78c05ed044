/** The Pulumi engine for one environment: programs, plugins, state and the operations on its stacks. */
export { CHECKOUT } from "./packages.ts";
export {
  applyPlatform,
  destroyPlatform,
  type PlatformOptions,
  type PlatformResult,
  previewPlatform,
  refreshPlatform,
} from "./platform.ts";
export type { PluginChoice, PluginMode } from "./plugins.ts";
export { type EngineOptions, type PreparedEngine, prepareEngine } from "./prepare.ts";
export type { EngineMessage, Operation, ResourceEvent } from "./progress.ts";
export { applyTeams, TEAM_PROJECT, type TeamResult, type TeamsOptions, teamStacks } from "./teams.ts";
