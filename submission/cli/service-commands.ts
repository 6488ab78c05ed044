import { type Command, InvalidArgumentError, Option } from "commander";
import type { ExitCode } from "./exit-codes.ts";
import { cluster, example, json, tokenFile } from "./options.ts";
import type { Terminal } from "./terminal.ts";

/** The submission service itself, what it wrote down, and what speaks for a model. */
export function addServiceCommands(orch: Command, terminal: Terminal, exit: (code: ExitCode) => void): void {
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

  cluster(
    orch
      .command("evidence")
      .description(
        "Assemble and sign the evidence of a model: two runs of one recipe, their results, card, stays and approvals.",
      )
      .argument("<submission>", "the submission's id"),
  )
    .option("--profile <file>", "PlatformProfile of the cluster (the built-in `local` by default)")
    .option("--team <name>", "whose run it is (the profile's default team by default)")
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
}

function auditPlace(command: Command, description: string): Command {
  return cluster(command.description(description))
    .addOption(tokenFile())
    .option("--folder <dir>", "read a folder that no service has open, instead of asking the service")
    .option(
      "--server <url>",
      "read a ClickHouse server instead of asking the service, e.g. https://clickhouse-audit.audit.svc:8443",
    )
    .option("--user <name>", "account on the server", "audit_reader")
    .option("--password-file <file>", "file with its password")
    .option("--ca <file>", "authority that signed the server's certificate, PEM");
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
  OPENLINEAGE_URL                 where lineage goes (nowhere)
  ORCH_RESULTS                    s3: versions in lineage are read from the profile's bucket (none)
  ORCH_WATCH_LEASE                namespace/name of the Lease by which one of several dispatchers follows the runs
                                  (none: each does; with the embedded store there is only one)`;

const port = (flags: string, description: string) =>
  new Option(flags, description).argParser((text: string) => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= 0 && number <= 65_535) return number;
    throw new InvalidArgumentError("It is a whole number from 0 to 65535.");
  });
