import { enableCompileCache } from "node:module";
import { parseArgs } from "node:util";
import { openTerminal, paint, type Terminal } from "../../submission/cli/terminal.ts";
import { UserError } from "../../submission/spec/user-error.ts";
import type { PolicyName } from "./policy.ts";

enableCompileCache();

const HELP = `npm run simulate: a morning of DAGs from three teams on the embedded environment, with spot interruptions.

Plays a trace on 101 simulated machines with the real API server, Argo, Kueue and scheduler, and reports queue waits, the share of batch
work on spot, GPU packing, preemptions and makespan; then the same trace with the defaults of Kueue and Argo, beside it. About ten
minutes on two cores. Ctrl-C ends it and leaves nothing.

  npm run simulate -- [--seed N] [--policy ours|defaults|both] [--json]

  --seed N       which trace; the same seed gives the same one (default 1)
  --policy NAME  ours, defaults or both (default both)
  --json         the report as JSON, and nothing else, on standard output

Examples:
  npm run simulate
  npm run --silent simulate -- --seed 3 --policy ours --json > report.json
`;

const POLICY_CHOICES: Readonly<Record<string, readonly PolicyName[]>> = {
  ours: ["ours"],
  defaults: ["defaults"],
  both: ["ours", "defaults"],
};

/** @returns the exit code: 0 it was played to its end, 1 wrong arguments, 2 the environment failed or it was interrupted */
async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const options = readArguments(args);
    if (options === "help") terminal.out(HELP);
    else await play(options, terminal);
    return 0;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    terminal.note(`${paint("red", "error", terminal.noteColour)} ${error.message}`);
    if (error.hint !== undefined) terminal.note(error.hint);
    return error.exitCode;
  }
}

interface Options {
  readonly seed: number;
  readonly policies: readonly PolicyName[];
  readonly json: boolean;
}

async function play({ seed, policies, json }: Options, terminal: Terminal): Promise<void> {
  const [{ interruptible }, { simulate }, { showResult }] = await Promise.all([
    import("../interruption.ts"),
    import("./simulate.ts"),
    import("./show.ts"),
  ]);
  const interrupt = interruptible();
  const began = Date.now();
  const say = (text: string) => {
    const seconds = Math.round((Date.now() - began) / 1000).toString();
    terminal.note(`${paint("dim", `${seconds.padStart(4)}s`, terminal.noteColour)}  ${text}`);
  };
  try {
    const result = await simulate({
      seed,
      policies,
      signal: interrupt.signal,
      onStep: say,
      onProgress: (policy, { minute, arrived, finished, waiting, running }) =>
        say(
          `${policy}: minute ${Math.round(minute)}, ${arrived} DAGs arrived, ${finished} finished; ${running} pods run, ${waiting} wait`,
        ),
    });
    if (json) terminal.out(JSON.stringify(result, null, 2));
    else showResult(result, terminal);
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    throw new UserError("Interrupted; nothing is left running.", { exitCode: 2, cause: error });
  } finally {
    interrupt.done();
  }
}

function readArguments(args: readonly string[]): Options | "help" {
  const { values } = parsed(args);
  if (values.help) return "help";
  const seed = Number(values.seed);
  const policies = POLICY_CHOICES[values.policy];
  const problems = [
    ...(Number.isSafeInteger(seed) && seed >= 0 ? [] : [`--seed ${values.seed}: a seed is a whole number from 0 on.`]),
    ...(policies === undefined
      ? [`--policy ${values.policy}: there are ${Object.keys(POLICY_CHOICES).join(", ")}.`]
      : []),
  ];
  if (policies === undefined || problems.length > 0) throw new UserError(problems.join("\n"), { hint: SEE_HELP });
  return { seed, policies, json: values.json };
}

const SEE_HELP = "See `npm run simulate -- --help`.";

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        seed: { type: "string", default: "1" },
        policy: { type: "string", default: "both" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw new UserError(error instanceof Error ? error.message : String(error), { hint: SEE_HELP });
  }
}

process.exitCode = await run(process.argv.slice(2), openTerminal());
