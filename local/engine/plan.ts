import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digest, eventOf, type PlannedState, type PlannedStep, type PolicyMessage } from "./plan-output.ts";
import type { PreparedEngine } from "./prepare.ts";
import type { EngineMessage } from "./progress.ts";
import { EngineExit, runEngine } from "./run-engine.ts";
import { prepareStackConfig, projectName } from "./stack-config.ts";
import { readStackState, releaseStaleLocks } from "./state-file.ts";

export type { PlannedState, PlannedStep, PolicyMessage };

export interface PlanOptions {
  readonly engine: PreparedEngine;
  /** Folder of Pulumi.yaml. */
  readonly projectDir: string;
  readonly stack: string;
  /**
   * Whose state it is compared with: the environment's, where a stack that is not there is made, or that of the backend named by
   * the process's own PULUMI_BACKEND_URL, with the plugins of the process's own PULUMI_HOME.
   */
  readonly state: "environment" | "own";
  /** Folders of policy packs. Default: none. */
  readonly policyPacks?: readonly string[];
  /** Settings of each pack, a JSON file in the order of the packs. */
  readonly policyPackConfigs?: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** What an update would do, and what there is to say against it. */
export interface Plan {
  /** One per resource, those that stay as they are included. */
  readonly steps: readonly PlannedStep[];
  readonly policies: readonly PolicyMessage[];
  readonly messages: readonly EngineMessage[];
  /** Every pack was loaded and the engine found nothing that stops the update. */
  readonly completed: boolean;
  /** The last lines of the engine's own words, for where it gave no reasons. */
  readonly output: string;
}

/** What `pulumi up` would do to each resource of a stack, as data; nothing is changed. Not completing is an answer, not an error. */
export function planStack(options: PlanOptions): Promise<Plan> {
  const packs = (options.policyPacks ?? []).flatMap((pack) => ["--policy-pack", pack]);
  const settings = (options.policyPackConfigs ?? []).flatMap((file) => ["--policy-pack-config", file]);
  return run(options, ["preview", ...packs, ...settings]);
}

/**
 * What `pulumi refresh` would record, as data: resources that another hand changed or deleted. Nothing is changed. Unlike a preview
 * with `--refresh` it asks nobody to take the change back, which a field's new owner would refuse at the first one.
 */
export function planRefresh(options: Omit<PlanOptions, "policyPacks" | "policyPackConfigs">): Promise<Plan> {
  return run(options, ["refresh", "--preview-only"]);
}

async function run(options: PlanOptions, operation: readonly string[]): Promise<Plan> {
  const folder = mkdtempSync(join(tmpdir(), "orch-plan-"));
  try {
    return await plan(options, operation, join(folder, "events"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function plan(options: PlanOptions, operation: readonly string[], eventLog: string): Promise<Plan> {
  const { engine, projectDir, stack, signal } = options;
  const own = options.state === "own";
  const configFile = own ? undefined : await prepareState(options);
  const args = [
    ...[...operation, "--stack", stack, "--json", "--show-sames", "--parallel", "32", "--event-log", eventLog],
    ...(configFile === undefined ? [] : ["--config-file", configFile]),
  ];
  const env = { ...(own ? ownVariables(engine) : engine.variables), ...EVENT_LOG };
  const ended = await runEngine(engine.pulumi, args, { cwd: projectDir, env, signal }).catch((error: unknown) => {
    if (error instanceof EngineExit) return error;
    throw error;
  });
  signal?.throwIfAborted();
  const { steps, messages } = digest(ended.stdout);
  return {
    steps,
    messages,
    policies: eventsOf(eventLog),
    completed: !(ended instanceof EngineExit),
    output: `${steps.length === 0 ? ended.stdout : ""}${ended.stderr}`.trim().split("\n").slice(-20).join("\n"),
  };
}

/** The flag that names the log is hidden without. */
const EVENT_LOG = { PULUMI_DEBUG_COMMANDS: "true" };

/** @returns the file of the stack's configuration as this environment has it */
async function prepareState({ engine, projectDir, stack, signal }: PlanOptions): Promise<string> {
  const project = projectName(projectDir);
  const { folder, file } = prepareStackConfig(engine.folder, projectDir, stack);
  releaseStaleLocks(engine.folder, project, stack);
  if (!readStackState(engine.folder, project, stack).exists)
    await runEngine(engine.pulumi, ["stack", "init", stack], { cwd: folder, env: engine.variables, signal });
  return file;
}

/** Programs and compiled modules are ours; backend, passphrase and plugins stay whose they are. */
function ownVariables({ variables }: PreparedEngine): Record<string, string> {
  const { PATH, PULUMI_SKIP_UPDATE_CHECK, NODE_COMPILE_CACHE, ORCH_KUBECONFIG, ORCH_CRDS } = variables;
  const all = { PATH, PULUMI_SKIP_UPDATE_CHECK, NODE_COMPILE_CACHE, ORCH_KUBECONFIG, ORCH_CRDS };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function eventsOf(file: string): PolicyMessage[] {
  let log: string;
  try {
    log = readFileSync(file, "utf8");
  } catch {
    return [];
  }
  return log.split("\n").flatMap((line) => eventOf(line) ?? []);
}
