import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parseDocument } from "yaml";
import { z } from "zod";
import packageJson from "../../../package.json" with { type: "json" };

const folder = fileURLToPath(new URL("../../../.github/workflows/", import.meta.url));

const permissions = z.record(z.string(), z.enum(["read", "write", "none"]));
const step = z.strictObject({
  id: z.string().optional(),
  if: z.string().optional(),
  uses: z.string().optional(),
  with: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  run: z.string().optional(),
  env: z.record(z.string(), z.string()).optional(),
});
const job = z.strictObject({
  needs: z.string().optional(),
  if: z.string().optional(),
  strategy: z.looseObject({}).optional(),
  environment: z.string().optional(),
  "runs-on": z.union([z.string(), z.array(z.string())]),
  "timeout-minutes": z.number(),
  permissions: permissions.optional(),
  steps: z.array(step),
});
const workflow = z.strictObject({
  name: z.string(),
  on: z.record(z.string(), z.unknown()),
  permissions,
  concurrency: z.looseObject({}).optional(),
  jobs: z.record(z.string(), job),
});

const workflows = readdirSync(folder).map((file) => {
  const document = parseDocument(readFileSync(`${folder}${file}`, "utf8"));
  return { file, text: document.toString(), errors: document.errors, content: workflow.parse(document.toJS()) };
});
const steps = workflows.flatMap(({ file, content }) =>
  Object.values(content.jobs).flatMap(({ steps }) => steps.map((step) => ({ file, ...step }))),
);

describe("the workflow files", () => {
  test("are YAML of the form that GitHub reads", () => {
    expect(workflows.map(({ file }) => file).sort()).toEqual(["drift.yml", "pull-request.yml"]);
    expect(workflows.flatMap(({ errors }) => errors)).toEqual([]);
    for (const { uses, run } of steps) expect([uses, run].filter((one) => one !== undefined)).toHaveLength(1);
  });

  test("may read the checkout; who may write runs no code of the change", () => {
    for (const { content } of workflows) {
      expect(content.permissions).toEqual({ contents: "read" });
      expect(Object.keys(content.on)).not.toContain("pull_request_target");
      for (const job of Object.values(content.jobs)) {
        if (!Object.entries(job.permissions ?? {}).some(([name, level]) => level === "write" && name !== "id-token"))
          continue;
        expect(job.steps.filter(({ uses = "", run = "" }) => /checkout/.test(uses) || /npm|node/.test(run))).toEqual(
          [],
        );
      }
    }
  });

  test("pin every action by its commit, and keep no credential in the checkout", () => {
    for (const { uses, with: given } of steps.filter(({ uses }) => uses !== undefined)) {
      expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
      if (uses?.startsWith("actions/checkout@")) expect(given?.["persist-credentials"]).toBe(false);
    }
  });

  test("call scripts that exist, and put nothing of a pull request into a shell", () => {
    const runs = steps.flatMap(({ run }) => run ?? []);
    const called = runs.flatMap((run) => /npm run (?:--silent )?([\w:-]+)/.exec(run)?.[1] ?? []);
    expect(called.sort()).toEqual(["check:drift", "check:pr"]);
    for (const script of called) expect(Object.keys(packageJson.scripts)).toContain(script);
    expect(runs.filter((run) => run.includes("${{"))).toEqual([]);
  });
});
