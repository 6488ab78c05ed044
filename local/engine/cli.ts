#!/usr/bin/env node
/**
 * `npm run pulumi -- <arguments>`: the engine with the environment's state, passphrase and plugins. Everything is passed on
 * to `pulumi` but `--state DIR`, and the command `env`, which prints what a `pulumi` of your own needs.
 */
import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { UserError } from "../../submission/spec/user-error.ts";
import { completed, needsStack, OPERATIONS, optionOf, withoutOption } from "./arguments.ts";
import { isStackCommand, withConfig } from "./command.ts";
import { CHECKOUT } from "./packages.ts";
import { type PreparedEngine, prepareEngine } from "./prepare.ts";
import { shellQuoted } from "./pulumi-folder.ts";
import { prepareStackConfig, projectName, returnStackConfig, usesCrds } from "./stack-config.ts";
import { readStackState, releaseStaleLocks } from "./state-file.ts";

async function main(given: readonly string[]): Promise<number> {
  const stateDir = resolve(optionOf(given, "--state") ?? process.env.ORCH_STATE ?? join(CHECKOUT, ".orch", "local"));
  const kubeconfig = optionOf(given, "--kubeconfig") ?? process.env.ORCH_KUBECONFIG;
  const projectDir = resolve(optionOf(given, "--cwd") ?? optionOf(given, "-C") ?? CHECKOUT);
  // The engine is started in the project's folder: told again to go there, it would look for a folder below.
  const args = completed(
    ["--state", "--kubeconfig", "--cwd", "-C"].reduce<string[]>((rest, name) => withoutOption(rest, name), [...given]),
  );
  const stack = optionOf(args, "--stack") ?? optionOf(args, "-s");
  const crds = stack === undefined ? args[0] === "env" : usesCrds(projectDir, stack);
  const engine = await prepareEngine({ stateDir, kubeconfig, crds });
  if (args[0] === "env") {
    for (const [name, value] of Object.entries(engine.variables)) console.log(`export ${name}=${shellQuoted(value)}`);
    return 0;
  }
  if (stack === undefined) return run(engine, args, projectDir);

  const project = projectName(projectDir);
  const config = prepareStackConfig(engine.folder, projectDir, stack);
  if (OPERATIONS.has(args[0] ?? "")) releaseStaleLocks(engine.folder, project, stack);
  const state = readStackState(engine.folder, project, stack);
  if (!state.exists && needsStack(args))
    await run(engine, ["stack", "init", stack, "--non-interactive"], config.folder, "ignore");
  if (state.pending.length > 0 && OPERATIONS.has(args[0] ?? "")) {
    const { openStack } = await import("./open-stack.ts");
    await openStack(engine, projectDir, stack, {});
  }
  const code = await run(engine, withConfig(args, config), isStackCommand(args) ? config.folder : projectDir);
  if (args[0] === "config") returnStackConfig(config, projectDir, stack);
  return code;
}

function run(
  engine: PreparedEngine,
  args: readonly string[],
  cwd: string,
  stdio: "inherit" | "ignore" = "inherit",
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(engine.pulumi, args, { cwd, stdio, env: { ...process.env, ...engine.variables } });
    // On a terminal Ctrl-C reaches the engine too: this process only has to outlive it.
    const stay = () => {};
    const forward = () => child.kill("SIGTERM");
    process.on("SIGINT", stay);
    process.on("SIGTERM", forward);
    child.on("error", reject);
    child.on("close", (code) => {
      process.off("SIGINT", stay);
      process.off("SIGTERM", forward);
      resolve(code ?? 130);
    });
  });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.hint === undefined ? error.message : `${error.message}\n${error.hint}`);
  process.exitCode = error.exitCode;
}
