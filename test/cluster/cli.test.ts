import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { localProfile } from "../../submission/spec/index.ts";
import { benchParams, layeredDag } from "../bench/dags.ts";
import { type Ended, orch, SAMPLE } from "../unit/cli/orch-process.ts";

const sample = readFileSync(SAMPLE, "utf8");
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "orch-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, value: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(value));
  return path;
}

const params = (id: string) =>
  file(`${id}.json`, { ...benchParams(id), secrets_scope: ["s3-lake-ro"], affinity: { compute_pool: "gpu_spot" } });
const inEnvironment = (args: readonly string[], stdin?: string): Promise<Ended> =>
  orch([...args, "--state", inject("stateDir")], { stdin });

describe("a run", () => {
  const id = "cli-sample";

  test("is submitted and followed to its end, with a line per change and a table", async () => {
    const { code, stdout, stderr } = await inEnvironment(["submit", "-", "--params", params(id), "--wait"], sample);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining(`${id} submitted as Workflow team-research/${id}`),
    });
    expect(stderr).toMatch(
      /^fetch_data Succeeded, flavor cpu-spot, on cpu-spot-\d+ \(simulated\), waited \d+s in queue cpu$/m,
    );
    expect(stdout).toContain(`${id}: Succeeded, 3 of 3 nodes succeeded`);
    expect(stdout).toMatch(/^train_model +Succeeded +gpu_spot +gpu +gpu-spot +\d+s/m);
  });

  test("is the same submission when it is submitted again", async () => {
    const { code, stdout } = await inEnvironment(["submit", "-", "--params", params(id)], sample);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${id} is already submitted, with the same manifest\n` });
    const json = await inEnvironment(["submit", "-", "--params", params(id), "--json"], sample);
    expect(JSON.parse(json.stdout)).toEqual({
      ok: true,
      submission_id: id,
      outcome: "already-submitted",
      namespace: "team-research",
      manifest_digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    });
  });

  test("keeps its id to itself: another DAG under it is refused with both digests", async () => {
    const other = sample.replace("epochs: 30", "epochs: 31");
    const { code, stdout } = await inEnvironment(["submit", "-", "--params", params(id), "--json"], other);
    expect(code).toBe(1);
    const { ok, diagnostics } = JSON.parse(stdout);
    expect({ ok, count: diagnostics.length }).toEqual({ ok: false, count: 1 });
    expect(diagnostics[0]).toMatchObject({ code: "submit/id-in-use", path: "submission_id", line: 1 });
    expect(new Set(diagnostics[0].message.match(/sha256:[0-9a-f]{64}/g)).size).toBe(2);
  });

  test("has a status, for people and for machines", async () => {
    const text = await inEnvironment(["status", id]);
    expect(text).toMatchObject({ code: 0, stderr: "" });
    expect(text.stdout).toMatch(/^compute_features +Succeeded +cpu_spot +cpu +cpu-spot/m);
    const { code, stdout } = await inEnvironment(["status", id, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      submissionId: id,
      phase: "Succeeded",
      finished: true,
      nodes: [
        { node: "fetch_data", state: "Succeeded", pool: "cpu_spot", queue: "cpu", simulated: true },
        { node: "compute_features", state: "Succeeded", pool: "cpu_spot", queue: "cpu", simulated: true },
        {
          node: "train_model",
          state: "Succeeded",
          pool: "gpu_spot",
          queue: "gpu",
          flavor: "gpu-spot",
          simulated: true,
        },
      ],
    });
  });

  test("says of its logs that nothing ran on simulated nodes", async () => {
    const { code, stdout, stderr } = await inEnvironment(["logs", id, "--node", "compute_features"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).toBe("compute_features: simulated, nothing ran and there is no log\n");
    expect(await inEnvironment(["logs", id, "--node", "compute"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("it has fetch_data, compute_features, train_model"),
    });
  });

  test("cannot be cancelled any more once it is over", async () => {
    expect(await inEnvironment(["cancel", id])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("over already: Succeeded"),
    });
  });

  test("is found through a kubeconfig too, with the profile the platform stack published", async () => {
    const { code, stdout } = await orch(["status", id, "--kubeconfig", inject("kubeconfig")]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(`${id}: Succeeded`) });
  });
});

test("a cancelled run fails whoever waits for it, with exit code 3", async () => {
  const id = "cli-cancelled";
  const dag = JSON.stringify(layeredDag({ nodes: 200, layers: 200 }));
  const submitted = await inEnvironment(["submit", "-", "--params", params(id)], dag);
  expect(submitted).toMatchObject({ code: 0, stdout: expect.stringContaining("submitted as Workflow") });
  const waiting = inEnvironment(["submit", "-", "--params", params(id), "--wait", "--json"], dag);
  expect(await inEnvironment(["cancel", id, "--json"])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('"cancelling"'),
  });
  const { code, stdout } = await waiting;
  expect(code).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({ outcome: "already-submitted", run: { phase: "Failed", finished: true } });
  expect(await inEnvironment(["status", id, "--watch"])).toMatchObject({ code: 3 });
});

describe("exit codes of a cluster that answers", () => {
  test("1 for a submission that is not there", async () => {
    const missing = {
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("there is no submission cli-nothing in namespace team-research"),
    };
    expect(await inEnvironment(["status", "cli-nothing"])).toMatchObject(missing);
    expect(await inEnvironment(["logs", "cli-nothing"])).toMatchObject(missing);
    expect(await inEnvironment(["cancel", "cli-nothing"])).toMatchObject(missing);
  });

  test("2 when the team's namespace does not exist there", async () => {
    const local = localProfile();
    const { research } = local.teams;
    const profile = file("profile.json", { ...local, teams: { research: { ...research, namespace: "team-nowhere" } } });
    const { code, stdout, stderr } = await inEnvironment(
      ["submit", "-", "--params", params("cli-nowhere"), "--profile", profile],
      sample,
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("team-nowhere");
    expect(stderr).not.toMatch(/^ +at /m);
  });

  test("1, with nothing created, when the DAG is wrong", async () => {
    const wrong = sample.replace("{from: compute_features, to: train_model}", "{from: train_model, to: fetch_data}");
    expect(await inEnvironment(["submit", "-", "--params", params("cli-wrong")], wrong)).toMatchObject({ code: 1 });
    expect(await inEnvironment(["status", "cli-wrong"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("no submission"),
    });
  });
});
