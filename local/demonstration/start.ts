import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { stateFolder } from "../../submission/cli/run/index.ts";
import { openTerminal, paint, type Terminal } from "../../submission/cli/terminal.ts";
import { UserError } from "../../submission/spec/user-error.ts";
import type { PlatformResult, ResourceEvent } from "../engine/index.ts";
import { type BroughtUp, bringUp, interruptible, type Stage } from "../index.ts";
import { runSample } from "./run-sample.ts";
import { showSummary } from "./summary.ts";

const HELP = `npm start: the whole platform on this machine, from nothing to a finished DAG.

Builds the tools that are missing, starts the embedded control plane, applies the platform stack \`local\` and its
teams' stacks, submits the sample DAG bt_xs_bilstm_v1 and follows it to its end. On a terminal it then stays until Ctrl-C; otherwise it stops everything.

  npm start -- [--name NAME] [--state DIR] [--exit]

  --name NAME   name of the environment, for a second one beside the first (default local)
  --state DIR   folder of all its state (default .orch/NAME in the checkout)
  --exit        stop at the end on a terminal, too

Examples:
  npm start
  npm start -- --name second --exit
`;

/** @returns the exit code: 0 the DAG succeeded, 1 wrong arguments, 2 the environment failed, 3 the run failed */
export async function start(args: readonly string[]): Promise<number> {
  const terminal = openTerminal();
  try {
    return await demonstrate(args, terminal);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    terminal.note(`${paint("red", "error", terminal.noteColour)} ${error.message}`);
    if (error.hint !== undefined) terminal.note(error.hint);
    return error.exitCode;
  }
}

async function demonstrate(args: readonly string[], terminal: Terminal): Promise<number> {
  const options = readArguments(args);
  if (options.help) {
    terminal.out(HELP);
    return 0;
  }
  const stateDir = stateFolder(options);
  const began = Date.now();
  const narrator = narrate(terminal, began);
  const { environment, platform, teams } = await bringUp({
    stateDir,
    lifetime: "attached",
    onStage: narrator.stage,
    onResource: narrator.resource,
    onEnvironment: (event) => {
      if (event.kind !== "failure") return;
      const { process, reason, lastLines } = event.failure;
      terminal.note(`${process} ended by itself (${reason}):\n${lastLines.map((line) => `  ${line}`).join("\n")}`);
    },
  });
  for (const applied of [platform, ...teams]) narrator.applied(applied);
  return await withEnvironment(environment, async (interrupt) => {
    narrator.say("submitting bt_xs_bilstm_v1");
    const run = await runSample(stateDir, terminal, interrupt.signal);
    if (run === undefined) throw interrupted();
    showSummary({ run, platform, teams, seconds: (Date.now() - began) / 1000 }, terminal);
    if (terminal.interactive && !options.exit) {
      terminal.out(stayingText(environment.kubeconfig, options));
      await interrupt.happened();
    }
    return run.phase === "Succeeded" ? 0 : 3;
  });
}

/** Runs `work` and ends the environment, however the work ends. */
async function withEnvironment(
  environment: BroughtUp["environment"],
  work: (interrupt: ReturnType<typeof interruptible>) => Promise<number>,
): Promise<number> {
  const interrupt = interruptible();
  try {
    return await interrupt.race(work(interrupt)).catch((error: unknown) => {
      throw interrupt.signal.aborted ? interrupted() : error;
    });
  } finally {
    await environment.stop();
    interrupt.done();
  }
}

function interrupted(): UserError {
  return new UserError("Interrupted; nothing is left running.", { hint: "`npm start` starts again.", exitCode: 2 });
}

function readArguments(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        name: { type: "string" },
        state: { type: "string" },
        exit: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    return { ...values, ...(values.state === undefined ? {} : { state: resolve(values.state) }) };
  } catch (error) {
    throw new UserError(error instanceof Error ? error.message : String(error), { hint: "See `npm start -- --help`." });
  }
}

const STAGES: Readonly<Record<Stage, string>> = {
  tools: "looking for the tools",
  "control plane": "starting the control plane, the simulated nodes and the controllers",
  "platform stack": "applying the platform stack local",
  "team stacks": "applying the stacks of its teams",
  controllers: "waiting for Argo's controller and Kueue",
  "submission service": "waiting for the submission service",
};

/** One line per step, and a count while resources are applied: enough to see that it goes on, little enough to read. */
function narrate(terminal: Terminal, began: number) {
  const say = (text: string) => {
    const seconds = ((Date.now() - began) / 1000).toFixed(1).padStart(6);
    terminal.note(`${paint("dim", `${seconds}s`, terminal.noteColour)}  ${text}`);
  };
  let applied = 0;
  let told = Date.now();
  return {
    say,
    stage: (stage: Stage) => say(STAGES[stage]),
    resource: (event: ResourceEvent) => {
      if (event.state !== "done") return;
      applied += 1;
      if (Date.now() - told < 2000) return;
      told = Date.now();
      say(`  ${applied} resources, latest ${event.type} ${event.name}`);
    },
    applied: ({ messages }: PlatformResult) => {
      for (const { severity, text } of messages) if (severity === "warning") say(`  ${text}`);
    },
  };
}

function stayingText(kubeconfig: string, options: { name?: string; state?: string }): string {
  const where = [options.name && `--name ${options.name}`, options.state && `--state ${options.state}`].filter(Boolean);
  const at = where.length > 0 ? ` ${where.join(" ")}` : "";
  return `
The environment stays up until Ctrl-C. In another terminal:
  npx orch submit my-dag.yaml --params my-params.json --wait${at}
  npx orch local status${at}
  KUBECONFIG=${kubeconfig} kubectl get workflows --all-namespaces`;
}
