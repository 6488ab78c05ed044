import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { NO_ENVIRONMENT, orch, PARAMS, SAMPLE } from "./orch-process.ts";

const COMMANDS = [
  "validate",
  "compile",
  "plan",
  "submit",
  "status",
  "quota",
  "logs",
  "cancel",
  "audit",
  "audit show",
  "audit verify",
  "local",
  "local start",
  "local stop",
  "local status",
  "local reset",
  "explain",
  "schema",
];

describe("the frame", () => {
  test.each(COMMANDS)("%s has help with an example", async (command) => {
    const { code, stdout, stderr } = await orch([...command.split(" "), "--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(`$ orch ${command}`);
  });

  test("tells what the exit codes mean", async () => {
    const { code, stdout } = await orch(["--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("0 fine, 1 the input is wrong, 2 the environment is, 3 the run failed");
  });

  test("suggests the command and the option that were meant", async () => {
    expect(await orch(["valdate", SAMPLE])).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("validate?"),
    });
    expect(await orch(["validate", SAMPLE, "--jsno"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("--json?"),
    });
    expect(await orch(["local", "strat"])).toMatchObject({ code: 1, stderr: expect.stringContaining("start?") });
  });

  test("asks for what is missing and refuses what is too much", async () => {
    expect(await orch([])).toMatchObject({ code: 1, stdout: "" });
    expect(await orch(["validate"])).toMatchObject({ code: 1, stderr: expect.stringContaining("'dag'") });
    expect(await orch(["validate", SAMPLE, SAMPLE])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("too many"),
    });
  });

  test("tells its version", async () => {
    const { code, stdout } = await orch(["--version"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
});

describe("a plain command line, which is run without commander,", () => {
  // `--params=FILE` is never plain: the second spelling goes through commander.
  test.each([
    [
      ["validate", SAMPLE, "--params", PARAMS],
      ["validate", SAMPLE, `--params=${PARAMS}`],
    ],
    [
      ["validate", "--json", SAMPLE, "--team", "nobody"],
      ["validate", "--json", SAMPLE, "--team=nobody"],
    ],
    [
      ["compile", SAMPLE, "--params", PARAMS],
      ["compile", SAMPLE, `--params=${PARAMS}`],
    ],
    [
      ["compile", "--params", PARAMS, SAMPLE, "-o", "json"],
      ["compile", `--params=${PARAMS}`, SAMPLE, "-ojson"],
    ],
    [
      ["compile", SAMPLE, "--no-size-check", "--params", PARAMS, "--output", "json"],
      ["compile", SAMPLE, `--params=${PARAMS}`, "--no-size-check", "--output=json"],
    ],
    [
      ["plan", SAMPLE, "--params", PARAMS, "--json"],
      ["plan", SAMPLE, `--params=${PARAMS}`, "--json"],
    ],
    [
      ["plan", SAMPLE, "--params", "no-such-file"],
      ["plan", SAMPLE, "--params=no-such-file"],
    ],
    [
      ["validate", SAMPLE, "--profile", "no-such-file"],
      ["validate", SAMPLE, "--profile=no-such-file"],
    ],
  ])("%j means what commander takes it for", async (plain, throughCommander) => {
    expect(await orch(plain)).toEqual(await orch(throughCommander));
  });

  test.each([
    ["validate", SAMPLE, "-o", "json"],
    ["validate", SAMPLE, "--no-size-check"],
    ["compile", SAMPLE, "--params", PARAMS, "--json"],
    ["compile", SAMPLE, "--params", PARAMS, "-o", "xml"],
    ["plan", SAMPLE, "--params", PARAMS, "-o", "json"],
    ["plan", SAMPLE, "--params"],
    ["plan", SAMPLE],
  ])("refuses what the command does not know or lacks: %j %j %j %j %j %j", async (...args) => {
    expect(await orch(args)).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("orch: ") });
  });
});

describe("a cluster", () => {
  const state = ["--state", NO_ENVIRONMENT];
  test.each([
    ["submit", SAMPLE, "--params", PARAMS],
    ["status", "sub-1"],
    ["quota"],
    ["logs", "sub-1"],
    ["cancel", "sub-1"],
  ])("%s without one exits 2 and says how to get one", async (...args) => {
    const { code, stdout, stderr } = await orch([...args, ...state]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("orch local start");
    expect(stderr).not.toMatch(/^ +at /m);
  });

  test("is never used because one happens to be configured", async () => {
    const { code, stderr } = await orch(["status", "sub-1", ...state], {
      env: { KUBECONFIG: "/nonexistent/somebody's" },
    });
    expect(code).toBe(2);
    expect(stderr).toContain("no embedded environment");
  });

  test("that does not answer, or is not in the kubeconfig, exits 2", async () => {
    const folder = mkdtempSync(join(tmpdir(), "orch-kubeconfig-"));
    const kubeconfig = join(folder, "config");
    // Nothing listens on the discard port.
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "gone", cluster: { server: "https://127.0.0.1:9" } }],
        users: [{ name: "u", user: {} }],
        contexts: [{ name: "gone", context: { cluster: "gone", user: "u" } }],
        "current-context": "gone",
      }),
    );
    try {
      const gone = await orch(["cancel", "sub-1", "--kubeconfig", kubeconfig]);
      expect(gone).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("does not answer") });
      const unknown = await orch(["cancel", "sub-1", "--kubeconfig", kubeconfig, "--context", "other"]);
      expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining("it has gone") });
      const missing = await orch(["cancel", "sub-1", "--kubeconfig", join(folder, "none")]);
      expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining("cannot be used") });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("is not asked about a wrong DAG or a wrong id", async () => {
    expect(await orch(["submit", "-", "--params", PARAMS, ...state], { stdin: "version: 1\n" })).toMatchObject({
      code: 1,
    });
    expect(await orch(["status", "Not_An_Id", ...state])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("not a submission id"),
    });
  });

  test("orch local status exits 2 while nothing runs, and says so as JSON too", async () => {
    expect(await orch(["local", "status", ...state])).toMatchObject({
      code: 2,
      stdout: expect.stringContaining("absent"),
    });
    const { code, stdout } = await orch(["local", "status", "--json", ...state]);
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 2, state: "absent", processes: [] });
  });

  test("orch local stop is fine when nothing runs", async () => {
    expect(await orch(["local", "stop", ...state])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("nothing runs"),
    });
  });
});

describe("orch explain and orch schema", () => {
  test("explain a code, list them all, suggest the one that was meant", async () => {
    expect(await orch(["explain", "dag/cycle"])).toMatchObject({ code: 0, stdout: expect.stringContaining("cycle") });
    expect((await orch(["explain"])).stdout.split("\n").length).toBeGreaterThan(30);
    expect(Object.keys(JSON.parse((await orch(["explain", "--json"])).stdout))).toContain("dag/cycle");
    expect(await orch(["explain", "dag/cicle"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("dag/cycle?"),
    });
  });

  test.each(["dag", "params", "refs", "profile"])("print the JSON Schema of %s", async (document) => {
    const { code, stdout } = await orch(["schema", document]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ $schema: expect.stringContaining("2020-12"), type: "object" });
  });
});
