import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { benchParams, layeredDag } from "../../bench/dags.ts";
import { BIN, orch, PARAMS, SAMPLE } from "./orch-process.ts";

let folder: string;
let large: string;
let params: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "orch-compile-"));
  large = join(folder, "large.json");
  params = join(folder, "params.json");
  writeFileSync(large, JSON.stringify(layeredDag({ nodes: 4000, layers: 400 })));
  writeFileSync(params, JSON.stringify(benchParams("large")));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("orch compile", () => {
  test("prints the manifest on standard output and nothing else there or anywhere", async () => {
    const { code, stdout, stderr } = await orch(["compile", SAMPLE, "--params", PARAMS]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const workflow = parse(stdout);
    expect(workflow).toMatchObject({
      kind: "Workflow",
      metadata: { name: "sub-2025-10-29-001", namespace: "team-research" },
    });
  });

  test("says the same in YAML and in JSON", async () => {
    const yaml = await orch(["compile", SAMPLE, "--params", PARAMS, "-o", "yaml"]);
    const json = await orch(["compile", SAMPLE, "--params", PARAMS, "-o", "json"]);
    expect(json.stdout.trimEnd()).not.toContain("\n");
    expect(parse(yaml.stdout, { version: "1.1" })).toEqual(JSON.parse(json.stdout));
  });

  test("is the same bytes every time", async () => {
    const runs = await Promise.all([1, 2].map(() => orch(["compile", SAMPLE, "--params", PARAMS, "-o", "json"])));
    const digests = new Set(runs.map(({ stdout }) => createHash("sha256").update(stdout).digest("hex")));
    expect(digests.size).toBe(1);
  });

  test("refuses without runtime parameters, and an unknown format", async () => {
    const without = await orch(["compile", SAMPLE]);
    expect(without).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("--params") });
    const format = await orch(["compile", SAMPLE, "--params", PARAMS, "-o", "xml"]);
    expect(format).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("yaml, json") });
  });

  test("prints nothing on standard output when the DAG is wrong", async () => {
    const ended = await orch(["compile", "-", "--params", PARAMS], { stdin: "version: 1\n" });
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toContain("nodes");
  });

  test("refuses what one object cannot hold and says up to which size it would go", async () => {
    const refused = await orch(["compile", large, "--params", params, "-o", "json"]);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/\d{4} nodes/);
    const { length } = readFileSync(large, "utf8").split('"nodes"')[0] ?? "";
    expect(refused.stderr).toContain(`${large}:1:${length + 1}: error [compile/too-large]`);
  });

  test("compiles it all the same with --no-size-check", async () => {
    const { code, stdout } = await orch(["compile", large, "--params", params, "-o", "json", "--no-size-check"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).kind).toBe("Workflow");
  });

  test("is quiet when its reader leaves early", async () => {
    const command = `"${process.execPath}" "${BIN}" compile "${large}" --params "${params}" --no-size-check | head -n 1; exit \${PIPESTATUS[0]}`;
    const { stdout, stderr } = await promisify(execFile)("bash", ["-c", command]);
    expect(stdout).toBe("apiVersion: argoproj.io/v1alpha1\n");
    expect(stderr).toBe("");
  });
});

describe("orch plan", () => {
  test("shows pools, queue, reason, outputs and how large the DAG may become", async () => {
    const { code, stdout, stderr } = await orch(["plan", SAMPLE, "--params", PARAMS]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const train = stdout.split("\n").find((line) => line.startsWith("train_model"));
    expect(train).toMatch(/ray_job .* gpu .* gpu_spot, gpu .* orch-high/);
    expect(stdout).toContain("s3://artifacts/models/bt_xs_bilstm_v1/sub-2025-10-29-001/model.bin");
    expect(stdout).toMatch(/accepted up to about \d+ nodes: Argo keeps/);
  });

  test("says where slices of GPUs are, why, and what they take of the team's quota of them", async () => {
    const node = { id: "score", kind: "python_task", image: "ghcr.io/archetype/feature-kit:0.3.2" };
    const dag = {
      version: 1,
      pipeline_id: "sliced",
      nodes: [{ ...node, resources: { gpu: 1, cpu: "1", mem: "8Gi" }, gpu_slice: "1g.10gb" }],
      edges: [],
    };
    const anywhere = join(folder, "anywhere.json");
    writeFileSync(anywhere, JSON.stringify({ ...benchParams("sliced"), affinity: undefined }));
    const { code, stdout, stderr } = await orch(["plan", "-", "--params", anywhere], { stdin: JSON.stringify(dag) });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(
      /^score +python_task +1 +8Gi +1x1g\.10gb +gpu-slice +gpu_slices +orch-normal +slice 1g\.10gb of a GPU; spot_ok, but no spot pool holds it/m,
    );
    expect(stdout).toMatch(/^score +gpu_slices +1010m of 120 +8\.06Gi of 1\.26Ti +1 of 70/m);
  });

  test("says the same as JSON", async () => {
    const { code, stdout } = await orch(["plan", SAMPLE, "--params", PARAMS, "--json"]);
    expect(code).toBe(0);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({
      ok: true,
      diagnostics: [],
      submission_id: "sub-2025-10-29-001",
      team: "research",
    });
    expect(document.nodes).toHaveLength(3);
    expect(document.nodes[2]).toMatchObject({
      node: "train_model",
      kind: "ray_job",
      queue: "gpu",
      pools: ["gpu_spot", "gpu"],
      flavors: ["gpu-spot", "gpu-on-demand"],
      outputs: [{ name: "model_uri" }, { name: "metrics_json" }],
    });
    expect(document.forecast.accepted_up_to_nodes).toBeGreaterThan(3);
    expect(document.forecast.specBytes).toBeLessThan(document.forecast.limitBytes);
  });

  test("plans a DAG that is too large too, says why and exits 1", async () => {
    const { code, stdout } = await orch(["plan", large, "--params", params, "--json"]);
    expect(code).toBe(1);
    const document = JSON.parse(stdout);
    expect(document.ok).toBe(false);
    expect(document.diagnostics[0]).toMatchObject({ severity: "error", suggestion: expect.stringMatching(/\d/) });
    expect(document.nodes).toHaveLength(4000);
    expect(document.forecast.totalBytes).toBeGreaterThan(document.forecast.limitBytes);
  });

  test("gives diagnostics as JSON when the DAG is wrong", async () => {
    const { code, stdout } = await orch(["plan", "-", "--params", PARAMS, "--json"], { stdin: "version: 1\n" });
    expect(code).toBe(1);
    expect(Object.keys(JSON.parse(stdout))).toEqual(["ok", "diagnostics"]);
  });
});

test("two thousand nodes of the bench's shape fit", async () => {
  const dag = JSON.stringify(layeredDag({ nodes: 2000, layers: 200 }));
  expect(await orch(["compile", "-", "--params", params, "-o", "json"], { stdin: dag })).toMatchObject({
    code: 0,
    stderr: "",
  });
});
