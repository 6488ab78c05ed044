import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CustomObjectsApi, KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { serviceInForce } from "../../local/service-in-force.ts";
import { benchParams, layeredDag } from "../bench/dags.ts";
import { type Ended, orch, SAMPLE } from "../unit/cli/orch-process.ts";

const workloads = z.object({
  items: z.array(z.object({ metadata: z.object({ ownerReferences: z.array(z.object({ kind: z.string() })) }) })),
});
const sample = readFileSync(SAMPLE, "utf8");
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "orch-cli-"));
  // A test before this one may have changed a team, after which the service begins anew.
  await serviceInForce(inject("stateDir"), new AbortController().signal);
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
      stderr: expect.stringContaining(`${id} accepted for team research`),
    });
    expect(stderr).toMatch(
      /^fetch_data Succeeded, flavor cpu-spot, on cpu-spot-\d+ \(simulated\), waited \d+s in queue cpu$/m,
    );
    expect(stdout).toContain(`${id}: Succeeded, 3 of 3 nodes succeeded`);
    expect(stdout).toMatch(/^train_model +Succeeded +gpu_spot +gpu +gpu-spot +\d+s/m);
  });

  test("is the same submission when it is submitted again", async () => {
    const { code, stdout } = await inEnvironment(["submit", "-", "--params", params(id)], sample);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${id} accepted for team research\n` });
    const json = async () => {
      const again = await inEnvironment(["submit", "-", "--params", params(id), "--json"], sample);
      return JSON.parse(again.stdout);
    };
    const first = await json();
    expect(first).toMatchObject({ ok: true, submission_id: id, namespace: "team-research", team: "research" });
    expect(await json()).toEqual(first);
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
      submission_id: id,
      submitted_by: expect.stringMatching(/./),
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

  test("is found in Kueue by its labels: the workload of a custom resource says whose it is", async () => {
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromFile(join(inject("stateDir"), "kubeconfig"));
    const { items } = workloads.parse(
      await kubeConfig.makeApiClient(CustomObjectsApi).listNamespacedCustomObject({
        group: "kueue.x-k8s.io",
        version: "v1beta2",
        plural: "workloads",
        namespace: "team-research",
        labelSelector: `submission_id=${id},node_id=train_model`,
      }),
    );
    const owners = items.flatMap(({ metadata }) => metadata.ownerReferences.map(({ kind }) => kind));
    expect(owners).toContain("RayJob");
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
      stdout: expect.stringContaining("over already"),
    });
  });

  test("has a lineage: what each node read and wrote, joined by the data", async () => {
    const { code, stdout } = await inEnvironment(["lineage", id]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^fetch_data +COMPLETE +writes +dataset_uri +s3:/m);
    expect(stdout).toMatch(/^compute_features +COMPLETE +reads +dataset_uri +s3:/m);
  });

  test("has an audit log, which the service shows while it runs and this CLI hashes once more", async () => {
    const shown = await inEnvironment(["audit", "show", id]);
    expect(shown).toMatchObject({ code: 0, stderr: "" });
    expect(shown.stdout).toMatch(new RegExp(`^${id}: \\S+ for team research in \\S+, by `));
    expect(shown.stdout).toMatch(/^ *0 +\S+ +accepted /m);
    expect(shown.stdout).toMatch(/ succeeded /);
    const one = await inEnvironment(["audit", "verify", id]);
    expect(one).toMatchObject({ code: 0, stdout: expect.stringMatching(/ rows, \d+ blocks: as it was written\n$/) });
    const all = await inEnvironment(["audit", "verify"]);
    expect(all).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/: as it was written\nhead: \d+:[0-9a-f]{64}\n$/),
    });
    const [, head = ""] = /head: (\S+)/.exec(all.stdout) ?? [];
    expect(await inEnvironment(["audit", "verify", "--head", head, "--json"])).toMatchObject({ code: 0 });
    expect(await inEnvironment(["audit", "show", "cli-nothing"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("no submission cli-nothing"),
    });
    const folder = await inEnvironment(["audit", "verify", "--folder", join(inject("stateDir"), "audit")]);
    expect(folder).toMatchObject({ code: 2, stderr: expect.stringContaining("is in use") });
  });

  test("is in the list, newest first, and can be looked for", async () => {
    const all = await inEnvironment(["list", "--json"]);
    expect(JSON.parse(all.stdout).submissions[0]).toMatchObject({ submission_id: id, event: "succeeded" });
    const none = await inEnvironment(["list", "--pipeline", "no-such-pipeline", "--json"]);
    expect(JSON.parse(none.stdout).submissions).toEqual([]);
  });

  test("has nothing to do again when it succeeded, and runs again from a node on under an id of its own", async () => {
    const planned = await inEnvironment(["rerun", id, "--from", "train_model", "--dry-run"]);
    expect(planned).toMatchObject({ code: 0 });
    expect(planned.stdout).toMatch(/^train_model +runs +asked for/m);
    expect(planned.stdout).toMatch(/^fetch_data +kept/m);
    const again = await inEnvironment(["rerun", id, "--from", "train_model", "--wait"]);
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining(`${id}-r2: Succeeded`) });
    expect(again.stdout).toMatch(/^fetch_data +Kept/m);
  });
});

test("a cancelled run fails whoever waits for it, with exit code 3", async () => {
  const id = "cli-cancelled";
  const dag = JSON.stringify(layeredDag({ nodes: 200, layers: 200 }));
  const submitted = await inEnvironment(["submit", "-", "--params", params(id)], dag);
  expect(submitted).toMatchObject({ code: 0, stdout: expect.stringContaining("accepted for team research") });
  const waiting = inEnvironment(["submit", "-", "--params", params(id), "--wait", "--json"], dag);
  expect(await inEnvironment(["cancel", id, "--json"])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('"cancelling"'),
  });
  const { code, stdout } = await waiting;
  expect(code).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, run: { phase: "Cancelled", finished: true } });
  expect(await inEnvironment(["status", id, "--watch"])).toMatchObject({ code: 3 });
});

describe("exit codes of a cluster that answers", () => {
  test("1 for a submission that is not there", async () => {
    const missing = {
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/no submission.*cli-nothing|cli-nothing.*no submission/i),
    };
    expect(await inEnvironment(["status", "cli-nothing"])).toMatchObject(missing);
    expect(await inEnvironment(["logs", "cli-nothing"])).toMatchObject(missing);
    expect(await inEnvironment(["cancel", "cli-nothing"])).toMatchObject(missing);
  });

  test("2 when the service does not answer, and 1 for an address that is none", async () => {
    const nobody = await orch(["status", "cli-sample", "--server", "http://127.0.0.1:9"]);
    expect(nobody).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("does not answer") });
    expect(nobody.stderr).not.toMatch(/^ +at /m);
    expect(await orch(["status", "cli-sample", "--server", "orch"])).toMatchObject({ code: 1 });
  });

  test("2 without a token that the service knows", async () => {
    const { url } = JSON.parse(readFileSync(join(inject("stateDir"), "service.json"), "utf8"));
    const { code, stderr } = await orch(["status", "cli-sample", "--server", url]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("bearer token") });
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
