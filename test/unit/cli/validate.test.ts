import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { orch, PARAMS, SAMPLE } from "./orch-process.ts";

const CYCLE = `version: 1
pipeline_id: round
nodes:
  - {id: a, kind: python_task, image: "ghcr.io/archetype/x:1"}
  - {id: b, kind: python_task, image: "ghcr.io/archetype/x:1"}
edges:
  - {from: a, to: b}
  - {from: b, to: a}
`;
const TWO_MISTAKES = `version: 1
pipeline_id: two
nodes:
  - id: a
    kind: python_taks
  - id: b
    kind: python_task
    image: "ghcr.io/archetype/x:1"
    resources: {cpu: "four"}
`;

describe("orch validate", () => {
  test("says that the sample is fine and exits 0", async () => {
    const { code, stdout, stderr } = await orch(["validate", SAMPLE, "--params", PARAMS]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe("ok bt_xs_bilstm_v1: 3 nodes, 2 edges\n");
  });

  test("needs no runtime parameters", async () => {
    expect(await orch(["validate", SAMPLE])).toMatchObject({ code: 0 });
  });

  test("reads standard input for a dash", async () => {
    const { code, stdout } = await orch(["validate", "-"], { stdin: readFileSync(SAMPLE, "utf8") });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "ok bt_xs_bilstm_v1: 3 nodes, 2 edges\n" });
  });

  test("prints exactly ok and diagnostics with --json", async () => {
    const { code, stdout } = await orch(["validate", SAMPLE, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ ok: true, diagnostics: [] });
  });

  test("prints each mistake with exactly the documented keys, lines and columns from 1", async () => {
    const { code, stdout, stderr } = await orch(["validate", "-", "--json"], { stdin: TWO_MISTAKES });
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    const { ok, diagnostics } = JSON.parse(stdout);
    expect(ok).toBe(false);
    expect(diagnostics).toHaveLength(2);
    for (const each of diagnostics) {
      expect(Object.keys(each)).toEqual(["code", "severity", "message", "path", "line", "column", "suggestion"]);
      expect(each.severity).toBe("error");
    }
    expect(diagnostics[0]).toMatchObject({ path: "nodes[0].kind", line: 5, column: 11 });
    expect(diagnostics[0].suggestion).toContain("python_task");
    expect(diagnostics[1]).toMatchObject({ path: "nodes[1].resources.cpu", line: 9, column: 22 });
  });

  test("names the file when a mistake is in another document than the DAG", async () => {
    const { code, stdout } = await orch(["validate", SAMPLE, "--params", "-", "--json"], {
      stdin: JSON.stringify({ submission_id: "S", env: "staging" }),
    });
    expect(code).toBe(1);
    expect(JSON.parse(stdout).diagnostics[0]).toMatchObject({ path: "submission_id", line: 1, source: "-" });
  });

  test("shows people the line with a caret and keeps standard output empty", async () => {
    const { code, stdout, stderr } = await orch(["validate", "-"], { stdin: CYCLE });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("[dag/cycle]");
    expect(stderr).toMatch(/\n +\| +\^/);
    expect(stderr).toMatch(/\n1 error\n$/);
  });

  test("knows only the profile's teams", async () => {
    const { code, stderr } = await orch(["validate", SAMPLE, "--team", "reserch"]);
    expect(code).toBe(1);
    expect(stderr).toContain("research");
  });

  test("writes no colour into a pipe", async () => {
    const { stderr } = await orch(["validate", "-"], { stdin: CYCLE });
    expect(stderr).not.toContain("\u001b[");
  });
});
