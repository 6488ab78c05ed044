import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { planGateLibraries } from "../../../components/security/index.ts";
import { BUILD_PATIENCE_MS, folderOf, run } from "./opa.ts";

const RULES = new URL("../../../components/security/rego/", import.meta.url).pathname;
const HERE = import.meta.dirname;
const testFiles = readdirSync(HERE).filter((name) => name.endsWith("_test.rego"));

interface Outcome {
  readonly package: string;
  readonly name: string;
  readonly fail?: boolean;
  readonly error?: unknown;
}

let generated: ReturnType<typeof folderOf>;
let outcomes: Outcome[] = [];
let problems = "";
beforeAll(async () => {
  generated = folderOf({ "forms.rego": planGateLibraries().forms ?? "" });
  const tests = testFiles.map((name) => join(HERE, name));
  const { stdout, stderr } = await run("opa", ["test", "--format", "json", RULES, generated.path, ...tests]);
  problems = stderr;
  outcomes = stdout === "" ? [] : (JSON.parse(stdout) as Outcome[]);
}, BUILD_PATIENCE_MS);
afterAll(() => generated?.remove());

const declared = testFiles.flatMap((name) =>
  [...readFileSync(join(HERE, name), "utf8").matchAll(/^(test_\w+)/gm)].map(([, rule = ""]) => rule),
);

test.each(declared)("%s, says the real OPA", (name) => {
  const outcome = outcomes.find((one) => one.name === name);
  expect(outcome, problems || JSON.stringify(outcomes)).toBeDefined();
  expect(outcome).not.toHaveProperty("fail");
  expect(outcome).not.toHaveProperty("error");
});

test("the rules are in the form that OPA gives them, and pass its strictest check", async () => {
  const { stdout, stderr, exitCode } = await run("opa", ["fmt", "--list", RULES, HERE]);
  expect(stdout + stderr).toBe("");
  expect(exitCode).toBe(0);
  const checked = await run("opa", ["check", "--strict", RULES, generated.path]);
  expect(checked.stderr).toBe("");
});
