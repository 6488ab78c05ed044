import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accepted, planned, problem } from "../../../submission/service/api/schema.ts";
import type { NewEntry } from "../../../submission/service/audit/index.ts";
import { type Running, running } from "./running.ts";
import { body, postJson, sampleDag, sampleYaml } from "./sample.ts";

let service: Running;
beforeAll(async () => {
  service = await running();
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
});

const api = (path: string): string => `${service.url}/api/orch${path}`;
const submit = async (id: string, changes = {}) => {
  const response = await postJson(api("/submit"), body(id, changes));
  expect(response.status).toBe(202);
};
const rerun = async (id: string, asked: object = {}) =>
  accepted.parse(await (await postJson(api(`/rerun/${id}`), asked)).json());
const refusal = async (id: string, asked: object = {}) =>
  problem.parse(await (await postJson(api(`/rerun/${id}`), asked)).json());

/** Nodes come to their ends, and the submission with them. */
async function end(id: string, event: "succeeded" | "failed", states: Readonly<Record<string, string>>): Promise<void> {
  const row = { actor: "test", at: Date.now(), digests: {} };
  const nodes = Object.entries(states).map(
    ([node, state]): NewEntry => ({
      ...row,
      key: `node/${node}`,
      event: "node",
      detail: { node, attempt: "1", state },
    }),
  );
  await service.audit.append(id, [...nodes, { ...row, key: event, event, detail: {} }]);
}
const TRAINING_FAILED = { fetch_data: "Succeeded", compute_features: "Succeeded", train_model: "Failed" };
const ALL_SUCCEEDED = { ...TRAINING_FAILED, train_model: "Succeeded" };

async function manifestOf(id: string): Promise<string> {
  return (await service.audit.record(id))?.manifest ?? "";
}

describe("a rerun", () => {
  test("runs what failed under an id of its own, and reads what is kept where the original put it", async () => {
    await submit("night-1");
    await end("night-1", "failed", TRAINING_FAILED);
    const again = await rerun("night-1");
    expect(again).toMatchObject({
      submission_id: "night-1-r2",
      rerun: {
        rerun_of: "night-1",
        kept: [
          { node: "fetch_data", outputs: [{ uri: "s3://artifacts/runs/night-1/fetch_data/dataset_uri" }] },
          {
            node: "compute_features",
            outputs: [{ uri: "s3://artifacts/runs/night-1/compute_features/feature_table" }],
          },
        ],
        run: [{ node: "train_model", because: "it did not succeed" }],
      },
    });
    const manifest = await manifestOf("night-1-r2");
    expect(manifest).toContain("s3://artifacts/runs/night-1/compute_features/feature_table");
    expect(manifest).not.toContain("fetch-data");
    const [row] = await service.audit.chain("night-1-r2");
    expect(row?.detail).toMatchObject({ rerun_of: "night-1", kept: "2" });
    expect(row?.digests.rerun_of).toBe((await service.audit.record("night-1"))?.manifestDigest);
    expect(row?.digests.kept).toMatch(/^sha256:/);
  });

  test("asked for twice is one rerun; of the rerun it is the next, with what both have kept", async () => {
    const again = await rerun("night-1");
    expect(again.submission_id).toBe("night-1-r2");
    await end("night-1-r2", "failed", { train_model: "Failed" });
    const third = await rerun("night-1-r2");
    expect(third.submission_id).toBe("night-1-r3");
    expect(third.rerun?.kept.flatMap(({ outputs }) => outputs.map(({ uri }) => uri))).toEqual([
      "s3://artifacts/runs/night-1/fetch_data/dataset_uri",
      "s3://artifacts/runs/night-1/compute_features/feature_table",
    ]);
  });

  test("is shown by plan before it starts, and plan creates nothing", async () => {
    const response = await postJson(api("/plan"), { rerun_of: "night-1", from: "compute_features" });
    const plan = planned.parse(await response.json());
    expect(plan.submission_id).toBe("night-1-r4");
    expect(plan.nodes.map(({ node }) => node)).toEqual(["compute_features", "train_model"]);
    expect(plan.rerun).toMatchObject({
      kept: [{ node: "fetch_data" }],
      run: [
        { node: "compute_features", because: "asked for" },
        { node: "train_model", because: "it comes after compute_features" },
      ],
    });
    expect(await service.audit.record("night-1-r4")).toBeUndefined();
  });

  test("with an edited spec runs what was changed and what comes after it; more memory changes nothing", async () => {
    await submit("edit-1");
    await end("edit-1", "failed", TRAINING_FAILED);
    const roomier = { ...sampleDag, resources: { default: { cpu: "4", mem: "24Gi" } } };
    expect((await rerun("edit-1", { dag_spec: roomier })).rerun?.run.map(({ node }) => node)).toEqual(["train_model"]);
    const edited = sampleYaml.replace("feature-kit:0.3.2", "feature-kit:0.3.3");
    const again = await rerun("edit-1", { dag_spec: edited, submission_id: "edit-1-newer" });
    expect(again.submission_id).toBe("edit-1-newer");
    expect(again.rerun?.run).toEqual([
      { node: "compute_features", because: "it was changed" },
      { node: "train_model", because: "it comes after compute_features" },
    ]);
  });

  test("with other parameters keeps what they do not touch", async () => {
    const { runtime_params } = body("edit-1");
    const again = await rerun("edit-1", { runtime_params: { ...runtime_params, priority: "critical" } });
    expect(again.rerun?.kept).toHaveLength(2);
    const canary = await rerun("edit-1", { runtime_params: { ...runtime_params, env: "canary" } });
    expect(canary.rerun?.kept).toEqual([]);
  });

  test("is refused while the original runs, when there is nothing to do, and from a node that is not there", async () => {
    await submit("busy-1");
    expect(await refusal("busy-1")).toMatchObject({ status: 409, type: "urn:orch:problem:unfinished" });
    await end("busy-1", "succeeded", ALL_SUCCEEDED);
    expect(await refusal("busy-1")).toMatchObject({
      status: 422,
      detail: expect.stringContaining("nothing to run again"),
    });
    expect(await refusal("busy-1", { from: "train_modle" })).toMatchObject({ status: 422 });
    expect((await rerun("busy-1", { from: "train_model" })).rerun?.kept).toHaveLength(2);
    expect(await refusal("busy-1", { dag_spec: sampleYaml.replace("ray_job", "ray_jobb") })).toMatchObject({
      status: 422,
    });
  });
});
