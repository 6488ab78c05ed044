import { Command, Option } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import type { ExitCode } from "./exit-codes.ts";
import { cluster, environmentName, example, json, paramsFile, sizeCheck, state } from "./options.ts";
import { addRunCommands } from "./run-commands.ts";
import { addServiceCommands } from "./service-commands.ts";
import { SPEC_COMMANDS } from "./spec-commands.ts";
import type { Terminal } from "./terminal.ts";

/**
 * The frame: names, options and help of every command. Actions are imported when they run, so that `orch validate` loads neither
 * the Kubernetes client nor a table.
 */
export function program(terminal: Terminal, exit: (code: ExitCode) => void): Command {
  const orch = new Command("orch")
    .version(packageJson.version)
    .description("Checks, compiles, submits and follows DAGs of the orchestration layer.")
    .showSuggestionAfterError(true)
    .showHelpAfterError("(see `orch --help`, or `--help` after a command)")
    .addHelpText(
      "after",
      `
Exit codes: 0 fine, 1 the input is wrong, 2 the environment is, 3 the run failed.

Examples:
  $ orch validate dag.yaml
  $ orch compile dag.yaml --params params.json > workflow.yaml
  $ orch local start && orch submit dag.yaml --params params.json --wait`,
    );

  spec(orch.command("validate"), "Check a DAG: every mistake at once, each with its line and column.")
    .addOption(paramsFile())
    .addOption(json())
    .addHelpText(
      "after",
      example("orch validate dag.yaml --params params.json", "cat dag.yaml | orch validate - --json"),
    )
    .action(async (dag: string, options) => exit(await SPEC_COMMANDS.validate(dag, options, terminal)));

  spec(orch.command("compile"), "Print the Argo Workflow of a DAG on standard output, and nothing else there.")
    .addOption(paramsFile().makeOptionMandatory())
    .addOption(new Option("-o, --output <format>", "form of the manifest").choices(["yaml", "json"]).default("yaml"))
    .addOption(sizeCheck())
    .addHelpText("after", example("orch compile dag.yaml --params params.json | kubectl create -f -"))
    .action(async (dag: string, options) => exit(await SPEC_COMMANDS.compile(dag, options, terminal)));

  spec(
    orch.command("plan"),
    "Show where each node would land and why, its queue and outputs, and the forecast size. Creates nothing.",
  )
    .addOption(paramsFile().makeOptionMandatory())
    .addOption(sizeCheck())
    .addOption(json())
    .addHelpText("after", example("orch plan dag.yaml --params params.json"))
    .action(async (dag: string, options) => exit(await SPEC_COMMANDS.plan(dag, options, terminal)));

  addRunCommands(orch, terminal, exit);

  cluster(
    orch
      .command("quota")
      .description("Show what a team has of its quota now: used, borrowed, lent, left, and what waits in its queues."),
  )
    .option("--profile <file>", "PlatformProfile of the cluster (the built-in `local` by default)")
    .option("--team <name>", "whose quota (the profile's default team by default)")
    .addOption(json())
    .addHelpText("after", example("orch quota", "orch quota --team research --context staging --json"))
    .action(async (options) => {
      const { quota } = await import("./commands/quota.ts");
      exit(await quota(options, terminal));
    });

  addServiceCommands(orch, terminal, exit);

  const local = orch
    .command("local")
    .description("The embedded environment: a real control plane, Argo and Kueue, with simulated nodes.")
    .addHelpText("after", example("orch local start", "orch local status", "orch local stop"));
  const localCommands = [
    ["start", "Build what is missing, start it and apply the platform stack `local`."],
    ["stop", "Stop every process of it; state is kept."],
    ["status", "Show its processes, and where its kubeconfig is."],
    ["reset", "Stop it and delete its state."],
  ] as const;
  for (const [name, description] of localCommands) {
    const command = local
      .command(name)
      .description(description)
      .addOption(environmentName())
      .addOption(state())
      .addHelpText("after", example(`orch local ${name}`, `orch local ${name} --name second`));
    if (name === "status") command.addOption(json());
    command.action(async (options) => {
      const commands = await import("./commands/local.ts");
      exit(await commands[name](options, terminal));
    });
  }

  orch
    .command("explain")
    .description("Explain a diagnostic's code; without one, list them all.")
    .argument("[code]", "as printed by validate, e.g. dag/cycle")
    .addOption(json())
    .addHelpText("after", example("orch explain dag/cycle"))
    .action(async (code: string | undefined, options) => {
      const { explain } = await import("./commands/explain.ts");
      exit(await explain(code, options, terminal));
    });

  orch
    .command("schema")
    .description("Print the JSON Schema of a document, for editors.")
    .addArgument(
      new Command()
        .createArgument("[document]", "which one")
        .choices(["dag", "params", "refs", "profile"])
        .default("dag"),
    )
    .addHelpText("after", example("orch schema dag > dag.schema.json"))
    .action(async (document: "dag" | "params" | "refs" | "profile") => {
      const { schema } = await import("./commands/schema.ts");
      exit(await schema(document, terminal));
    });

  return orch;
}

function spec(command: Command, description: string): Command {
  return command
    .description(description)
    .argument("<dag>", "the DAG spec, YAML or JSON; `-` is standard input")
    .option("--refs <file>", "datasets the DAG may use without producing them (none by default)")
    .option("--profile <file>", "PlatformProfile to check against (the built-in `local` by default)")
    .option("--team <name>", "on whose behalf (the profile's default team by default)");
}
