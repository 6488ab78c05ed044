import { type Command, Option } from "commander";

/** Options that several commands share, and how an example is shown. */

export function example(...lines: string[]): string {
  return `\nExample${lines.length > 1 ? "s" : ""}:\n${lines.map((line) => `  $ ${line}`).join("\n")}`;
}

export const paramsFile = () => new Option("--params <file>", "the runtime parameters, YAML or JSON");
export const refsFile = () =>
  new Option("--refs <file>", "datasets the DAG may use without producing them (none by default)");
export const json = () => new Option("--json", "print one JSON document instead of text").default(false);
export const sizeCheck = () => new Option("--no-size-check", "also compile what one object in the cluster cannot hold");
export const environmentName = () => new Option("--name <name>", "which embedded environment").default("local");
export const state = () => new Option("--state <dir>", "state folder of the embedded environment").env("ORCH_STATE");

/** Of every command that looks into a cluster. */
export function cluster(command: Command): Command {
  return command
    .option("--kubeconfig <file>", "use the cluster of this kubeconfig instead of the embedded environment")
    .option("--context <name>", "use this context of the kubeconfig instead of the embedded environment")
    .addOption(environmentName())
    .addOption(state());
}

export const tokenFile = () =>
  new Option("--token-file <file>", "bearer token to send (that of the kubeconfig's user by default)").env(
    "ORCH_TOKEN_FILE",
  );

/** Of every command that asks the submission service. */
export function service(command: Command): Command {
  return cluster(command)
    .addOption(
      new Option("--server <url>", "use the submission service at this address, instead of a cluster's own").env(
        "ORCH_SERVER",
      ),
    )
    .addOption(tokenFile());
}
