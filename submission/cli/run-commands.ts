import { type Command, InvalidArgumentError, Option } from "commander";
import type { ExitCode } from "./exit-codes.ts";
import { example, json, paramsFile, refsFile, service } from "./options.ts";
import type { Terminal } from "./terminal.ts";

/** The commands about runs, all of which ask the submission service. */
export function addRunCommands(orch: Command, terminal: Terminal, exit: (code: ExitCode) => void): void {
  service(
    orch
      .command("submit")
      .description("Submit a DAG: checked, recorded, run. The same submission twice is one submission.")
      .argument("<dag>", "the DAG spec, YAML or JSON; `-` is standard input"),
  )
    .addOption(paramsFile().makeOptionMandatory())
    .addOption(refsFile())
    .option("--team <name>", "on whose behalf (the only team you may submit for by default)")
    .option("--wait", "follow the run to its end; exit 3 when it fails", false)
    .addOption(json())
    .addHelpText(
      "after",
      example(
        "orch submit dag.yaml --params params.json --wait",
        "orch submit dag.yaml --params params.json --context staging",
      ),
    )
    .action(async (dag: string, options) => {
      const { submit } = await import("./commands/submit.ts");
      exit(await submit(dag, options, terminal));
    });

  run(orch.command("status"), "Show the state of a run: each node with pool, queue, state, and why it waits.")
    .option("-w, --watch", "keep showing changes until the run ends; exit 3 when it fails", false)
    .addOption(json())
    .addHelpText("after", example("orch status sub-2025-10-29-001", "orch status sub-2025-10-29-001 --watch"))
    .action(async (id: string, options) => {
      const { status } = await import("./commands/status.ts");
      exit(await status(id, options, terminal));
    });

  run(orch.command("logs"), "Print the logs of a run's nodes. Pods on simulated nodes run nothing and have none.")
    .option("-n, --node <id>", "only this node of the DAG")
    .option("-f, --follow", "keep printing until the run ends", false)
    .addHelpText("after", example("orch logs sub-2025-10-29-001 --node train_model --follow"))
    .action(async (id: string, options) => {
      const { logs } = await import("./commands/logs.ts");
      exit(await logs(id, options, terminal));
    });

  run(orch.command("cancel"), "Stop a run: its pods end, its custom resources are deleted. Cancelling twice is fine.")
    .addOption(json())
    .addHelpText("after", example("orch cancel sub-2025-10-29-001"))
    .action(async (id: string, options) => {
      const { cancel } = await import("./commands/cancel.ts");
      exit(await cancel(id, options, terminal));
    });

  run(orch.command("rerun"), "Run again what did not succeed, under a new id; what did is kept, if it is what it was.")
    .option("--from <node>", "run this node and all after it, too")
    .option("--id <submission>", "id of the rerun (the original's with -r2, -r3, ... by default)")
    .option("--dag <file>", "an edited DAG in place of the original's: what changed runs again")
    .option("--params <file>", "runtime parameters in place of the original's")
    .option("--refs <file>", "refs in place of the original's")
    .option("--dry-run", "only show what would be kept and what would run, and why", false)
    .option("--wait", "follow the run to its end; exit 3 when it fails", false)
    .addOption(json())
    .addHelpText(
      "after",
      example(
        "orch rerun sub-2025-10-29-001 --dry-run",
        "orch rerun sub-2025-10-29-001 --from train_model --dag dag.yaml",
      ),
    )
    .action(async (id: string, options) => {
      const { rerun } = await import("./commands/rerun.ts");
      exit(await rerun(id, options, terminal));
    });

  run(orch.command("lineage"), "Show what a run's nodes read and wrote.")
    .addOption(json())
    .addHelpText("after", example("orch lineage sub-2025-10-29-001"))
    .action(async (id: string, options) => {
      const { lineage } = await import("./commands/lineage.ts");
      exit(await lineage(id, options, terminal));
    });

  service(orch.command("list").description("List submissions, newest first."))
    .option("--team <name>", "only this team's (all that you may see by default)")
    .option("--pipeline <id>", "only this pipeline's")
    .option("--event <event>", "only those whose last event is this one, e.g. failed")
    .addOption(new Option("--limit <number>", "rows, 1 to 500").default(50).argParser(rows))
    .option("--cursor <cursor>", "where the page before ended")
    .addOption(json())
    .addHelpText("after", example("orch list --team research --event failed"))
    .action(async (options) => {
      const { list } = await import("./commands/list.ts");
      exit(await list(options, terminal));
    });
}

function run(command: Command, description: string): Command {
  return service(command.description(description).argument("<submission>", "the submission's id"));
}

function rows(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 500) return number;
  throw new InvalidArgumentError("must be a whole number from 1 to 500");
}
