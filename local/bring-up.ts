import { UserError } from "../submission/spec/user-error.ts";
import type { Environment, EnvironmentEvent, Lifetime } from "./cluster/index.ts";
import type { PlatformResult, ResourceEvent, TeamResult } from "./engine/index.ts";
import { ensureLocalTools } from "./environment-tools.ts";
import { interruptible } from "./interruption.ts";

/** What has to be up before a DAG can be submitted. */
const CONTROLLERS = ["workflow-controller", "kueue"] as const;

export interface BringUpOptions {
  /** Folder of everything the environment writes. */
  readonly stateDir: string;
  readonly lifetime: Lifetime;
  /** See `EnvironmentOptions`. */
  readonly podsReadySeconds?: number;
  /** Each stage as it begins. */
  readonly onStage?: (stage: Stage) => void;
  readonly onEnvironment?: (event: EnvironmentEvent) => void;
  readonly onResource?: (event: ResourceEvent) => void;
}

export type Stage = "tools" | "control plane" | "platform stack" | "team stacks" | "controllers" | "submission service";

export interface BroughtUp {
  readonly environment: Environment;
  readonly platform: PlatformResult;
  readonly teams: readonly TeamResult[];
}

/**
 * From nothing to an environment that takes DAGs: tools, control plane, platform stack `local`, its teams' stacks, controllers ready.
 * Whatever goes wrong on the way, an interrupt included, nothing of it is left running.
 *
 * @throws UserError when a step fails or the user interrupts
 */
export async function bringUp(options: BringUpOptions): Promise<BroughtUp> {
  const interrupt = interruptible();
  const stage = (name: Stage) => {
    interrupt.signal.throwIfAborted();
    options.onStage?.(name);
  };
  let started = false;
  try {
    stage("tools");
    const tools = await ensureLocalTools({ signal: interrupt.signal });

    stage("control plane");
    const { environmentStatus, startEnvironment } = await import("./cluster/index.ts");
    started = environmentStatus(options.stateDir).state !== "running";
    const environment = await startEnvironment({
      stateDir: options.stateDir,
      tools: tools.environment,
      lifetime: options.lifetime,
      ...(options.podsReadySeconds === undefined ? {} : { podsReadySeconds: options.podsReadySeconds }),
      // An interrupted start returns when nothing of it is left.
      signal: interrupt.signal,
      ...(options.onEnvironment === undefined ? {} : { onEvent: options.onEnvironment }),
    });

    stage("platform stack");
    const { applyPlatform, applyTeams } = await import("./engine/index.ts");
    const apply = { stateDir: options.stateDir, signal: interrupt.signal, onResource: options.onResource };
    const platform = await applyPlatform(apply);

    stage("team stacks");
    const teams = await applyTeams(apply);

    stage("controllers");
    await interrupt.race(environment.waitForProcesses(CONTROLLERS));

    stage("submission service");
    const { serviceInForce } = await import("./service-in-force.ts");
    await serviceInForce(options.stateDir, interrupt.signal);
    return { environment, platform, teams };
  } catch (error) {
    // One that ran before is not ours to end.
    if (started) await (await import("./cluster/index.ts")).stopEnvironment(options.stateDir);
    if (!interrupt.signal.aborted) throw error;
    throw new UserError("Interrupted; nothing is left running.", {
      hint: "The next start goes on from what is built.",
      exitCode: 2,
      cause: error,
    });
  } finally {
    interrupt.done();
  }
}
