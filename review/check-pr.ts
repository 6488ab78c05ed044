#!/usr/bin/env node
/** `npm run check:pr -- [options]`: what a pull request changes, what that costs, and what speaks against it. */
import { Option } from "commander";
import { z } from "zod";
import { TESTS } from "./check.ts";
import { command, runCommand } from "./command-line.ts";
import { stoppers } from "./report.ts";

const checkPr = command("check:pr")
  .description(
    "Checks a change as a pull request needs it: type check, lint, import directions, tests, and a preview of every stack it\n" +
      "touches under all policy packs. The summary, in Markdown, goes to standard output.",
  )
  .option("--base <ref>", "what the change goes into; compared is where it branched off (default: origin/main or main)")
  .addOption(
    new Option(
      "--compare <with>",
      "base: resources as a preview of the base has them, offline and without an account;\nstate: as the stack's state has them, in the backend of PULUMI_BACKEND_URL with your own plugins",
    )
      .choices(["base", "state"] as const)
      .default("base" as const),
  )
  .option("--stack <project/stack...>", "preview these, instead of those that the change touches")
  .addOption(new Option("--tests <which>", "which tests to run").choices(TESTS).default("unit" as const))
  .option("--no-checks", "leave out type check, lint and import directions")
  .option("--output <file>", "write the summary to this file, too")
  .addHelpText(
    "after",
    `
Exit codes:
  0  nothing speaks against the change
  1  a check or a preview failed, or a policy refuses or could not decide
  2  it could not be told: wrong arguments, no such commit, a tool that is missing

Examples:
  $ npm run check:pr
  $ npm run check:pr -- --base origin/main --tests all --output summary.md
  $ npm run check:pr -- --stack orchestration-layer/prod --tests none --no-checks`,
  );

const options = z.object({
  base: z.string().optional(),
  compare: z.enum(["base", "state"]),
  stack: z.array(z.string()).default([]),
  tests: z.enum(TESTS),
  checks: z.boolean(),
  output: z.string().optional(),
});

await runCommand(checkPr, async ({ root, progress, signal, publish }) => {
  const { base, compare, stack, tests, checks, output } = options.parse(checkPr.opts());
  const [{ reviewChange }, { renderReport }] = await Promise.all([
    import("./review-change.ts"),
    import("./summary/render.ts"),
  ]);
  const report = await reviewChange({
    ...{ root, base, tests, checks, progress, signal },
    compareWith: compare,
    stacks: stack,
  });
  publish((md) => renderReport(report, md), output);
  return stoppers(report).length === 0;
});
