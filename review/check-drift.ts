#!/usr/bin/env node
/** `npm run check:drift -- --stack <project/stack>`: what another hand has changed since the last update. */
import { join, resolve } from "node:path";
import { z } from "zod";
import { command, runCommand } from "./command-line.ts";

const checkDrift = command("check:drift")
  .description(
    "Asks for every resource of a stack whether it still is as the last update left it, and changes nothing. The summary, in Markdown, goes to standard output.",
  )
  .requiredOption("--stack <project/stack...>", "the stacks")
  .option(
    "--state <dir>",
    "state folder of the embedded environment; default: the backend of PULUMI_BACKEND_URL, else ORCH_STATE, else .orch/local",
  )
  .option("--output <file>", "write the summary to this file, too")
  .addHelpText(
    "after",
    `
Exit codes:
  0  everything is as it was left
  1  something was changed or deleted by another hand, or could not be read
  2  it could not be told: wrong arguments, no state, a tool that is missing

Examples:
  $ npm run check:drift -- --stack orchestration-layer/local
  $ PULUMI_BACKEND_URL="s3://archetype-pulumi-state?region=us-east-1" npm run check:drift -- --stack orchestration-layer/prod`,
  );

const options = z.object({ stack: z.array(z.string()), state: z.string().optional(), output: z.string().optional() });

await runCommand(checkDrift, async ({ root, progress, signal, publish }) => {
  const { stack, state, output } = options.parse(checkDrift.opts());
  const [{ hasDrifted, reviewDrift }, { renderDrift }] = await Promise.all([
    import("./drift/review-drift.ts"),
    import("./drift/render.ts"),
  ]);
  const { PULUMI_BACKEND_URL, ORCH_STATE, ORCH_KUBECONFIG } = process.env;
  const own = state === undefined && PULUMI_BACKEND_URL;
  const drifts = await reviewDrift({
    ...{ root, progress, signal, stacks: stack, kubeconfig: ORCH_KUBECONFIG },
    stateDir: own ? undefined : resolve(state ?? ORCH_STATE ?? join(root, ".orch", "local")),
  });
  publish((md) => renderDrift(drifts, md), output);
  return !drifts.some(hasDrifted);
});
