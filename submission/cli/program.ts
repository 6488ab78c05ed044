import { Command, InvalidArgumentError, Option } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import type { ExitCode } from "./exit-codes.ts";
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

  cluster(
    spec(orch.command("submit"), "Compile a DAG and create its Workflow; the same submission twice is one submission."),
  )
    .addOption(paramsFile().makeOptionMandatory())
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

  run(orch.command("status"), "Show the state of a run: each node with pool, queue, state and wait in the queue.")
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
    .option("--graceful", "let exit handlers run (Argo's Stop instead of Terminate)", false)
    .addOption(json())
    .addHelpText("after", example("orch cancel sub-2025-10-29-001"))
    .action(async (id: string, options) => {
      const { cancel } = await import("./commands/cancel.ts");
      exit(await cancel(id, options, terminal));
    });

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

  const audit = orch
    .command("audit")
    .description("The audit log: what happened to a submission, and whether it still says so.")
    .addHelpText("after", example("orch audit show sub-2025-10-29-001", "orch audit verify"));

  auditPlace(audit.command("show"), "Show what happened to a submission, row by row.")
    .argument("<submission>", "the submission's id, or refused/<request>")
    .addOption(json())
    .addHelpText("after", example("orch audit show sub-2025-10-29-001"))
    .action(async (id: string, options) => {
      const { show } = await import("./commands/audit.ts");
      exit(await show(id, options, terminal));
    });

  auditPlace(
    audit.command("verify"),
    "Check every row against its hash, its chain and its block: what was changed, taken out or put in is named. Exit 3 if anything is.",
  )
    .argument("[submission]", "only this one's chain (all by default)")
    .option(
      "--head <block:hash>",
      "an end of the log that was printed before: nothing up to there may have been cut off",
    )
    .addOption(json())
    .addHelpText(
      "after",
      example(
        "orch audit verify",
        "orch audit verify sub-2025-10-29-001 --json",
        "orch audit verify --server https://clickhouse-audit.audit.svc:8443 --password-file reader.txt --ca ca.crt",
      ),
    )
    .action(async (id: string | undefined, options) => {
      const { verify } = await import("./commands/audit.ts");
      exit(await verify(id, options, terminal));
    });

  cluster(orch.command("serve"))
    .description("Serve the submission API, dispatch what it accepted, or both in one process.")
    .addOption(
      new Option("--role <role>", "what this process does").choices(["all", "api", "dispatcher"]).default("all"),
    )
    .option("--host <address>", "address to listen on (127.0.0.1 with role all, any otherwise)")
    .addOption(
      port("--http-port <port>", "REST, /healthz, /readyz and /metrics; 0 takes any that is free").default(8080),
    )
    .addOption(port("--grpc-port <port>", "gRPC; 0 takes any that is free").default(9090))
    .option("--audit <folder>", "the embedded audit store (`audit` in the state folder by default)")
    .option("--insecure-no-auth", "let in whoever is on this machine, without a token")
    .addHelpText("after", SERVE_VARIABLES)
    .addHelpText(
      "after",
      example("orch serve --insecure-no-auth", "orch serve --role dispatcher --kubeconfig ~/.kube/staging"),
    )
    .action(async (options) => {
      const { serve } = await import("./commands/serve.ts");
      exit(await serve(options, terminal));
    });

  run(
    orch.command("evidence"),
    "Assemble and sign the evidence of a model: two runs of one recipe, their results, card, stays and approvals.",
  )
    .requiredOption("--second-run <id>", "the other run of the same recipe, which proves that it can be done again")
    .requiredOption("--result <file...>", "what the run's nodes wrote: artifact, metrics, drawdown, data")
    .requiredOption("--second-result <file...>", "what the second run's nodes wrote: artifact")
    .requiredOption("--card <file>", "the model card: section -> text")
    .requiredOption("--image <image>", "what serves it, registry/name@sha256:digest")
    .requiredOption("--submitted-by <account>", "who submitted the run")
    .option("--second-submitted-by <account>", "who submitted the second run (the same by default)")
    .option("--model-version <version>", "(the submission's id by default)")
    .option("--stays <file>", "how long which release of it was in which stage (none by default)")
    .option("--approvals <file>", "who approved it for which stage (none by default)")
    .option(
      "--workflows <file...>",
      "read the runs from what `kubectl get workflow -o json` printed, not from a cluster",
    )
    .requiredOption("--key <file>", "Ed25519 private key, PKCS #8 or JWK")
    .option("--kid <name>", "the key's name in the settings of evidence-is-signed (the JWK's by default)")
    .option("--out <folder>", "where <id>.evidence.jws and <id>.evidence.json are written", ".")
    .addOption(json())
    .addHelpText(
      "after",
      example(
        "orch evidence sub-1 --second-run sub-2 --result r1.json --second-result r2.json --card card.yaml \\\n" +
          "      --image ghcr.io/archetype/serving@sha256:... --submitted-by ada@example.com --key ci.pem --kid ci",
      ),
    )
    .action(async (id: string, options) => {
      const { evidence } = await import("./commands/evidence.ts");
      exit(await evidence(id, options, terminal));
    });

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

function example(...lines: string[]): string {
  return `\nExample${lines.length > 1 ? "s" : ""}:\n${lines.map((line) => `  $ ${line}`).join("\n")}`;
}

function spec(command: Command, description: string): Command {
  return command
    .description(description)
    .argument("<dag>", "the DAG spec, YAML or JSON; `-` is standard input")
    .option("--refs <file>", "datasets the DAG may use without producing them (none by default)")
    .option("--profile <file>", "PlatformProfile to check against (the built-in `local` by default)")
    .option("--team <name>", "on whose behalf (the profile's default team by default)");
}

function run(command: Command, description: string): Command {
  return cluster(command.description(description).argument("<submission>", "the submission's id"))
    .option("--profile <file>", "PlatformProfile of the cluster (the built-in `local` by default)")
    .option("--team <name>", "whose run it is (the profile's default team by default)");
}

function auditPlace(command: Command, description: string): Command {
  return command
    .description(description)
    .option(
      "--folder <dir>",
      "folder of an embedded log that no service has open (the embedded environment's by default)",
    )
    .option("--server <url>", "ClickHouse server instead of a folder, e.g. https://clickhouse-audit.audit.svc:8443")
    .option("--user <name>", "account on the server", "audit_reader")
    .option("--password-file <file>", "file with its password")
    .option("--ca <file>", "authority that signed the server's certificate, PEM")
    .addOption(environmentName())
    .addOption(state());
}

function cluster(command: Command): Command {
  return command
    .option("--kubeconfig <file>", "use the cluster of this kubeconfig instead of the embedded environment")
    .option("--context <name>", "use this context of the kubeconfig instead of the embedded environment")
    .addOption(environmentName())
    .addOption(state());
}

const SERVE_VARIABLES = `
Variables (with role all none has to be set; what is not set is embedded):
  ORCH_PROFILE                    file of the PlatformProfile (the cluster's own)
  ORCH_BROKERS_ADDRESS            host:port,... of Kafka or Redpanda
  ORCH_BROKERS_USERNAME, _PASSWORD, _CA   login by SCRAM-SHA-512 over TLS, and the file with the authority
  ORCH_JOBS_TOPIC, ORCH_DEAD_LETTER_TOPIC, ORCH_CONSUMER_GROUP   (orch.jobs, orch.jobs.dlq, orch-dispatcher)
  ORCH_AUDIT_ADDRESS              https://host:port of ClickHouse
  ORCH_AUDIT_USERNAME, _PASSWORD, _CA     its login, and the file with the authority
  OTEL_EXPORTER_OTLP_ENDPOINT     where traces go (nowhere)
  OPENLINEAGE_URL                 where lineage goes (nowhere)`;

const port = (flags: string, description: string) =>
  new Option(flags, description).argParser((text: string) => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= 0 && number <= 65_535) return number;
    throw new InvalidArgumentError("It is a whole number from 0 to 65535.");
  });

const paramsFile = () => new Option("--params <file>", "the runtime parameters, YAML or JSON");
const json = () => new Option("--json", "print one JSON document instead of text").default(false);
const sizeCheck = () => new Option("--no-size-check", "also compile what one object in the cluster cannot hold");
const environmentName = () => new Option("--name <name>", "which embedded environment").default("local");
const state = () => new Option("--state <dir>", "state folder of the embedded environment").env("ORCH_STATE");
