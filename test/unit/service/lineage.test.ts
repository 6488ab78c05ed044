import { describe, expect, test } from "vitest";
import { datasetName, lineageEvents, runId } from "../../../submission/service/lineage/events.ts";
import { lineageGraph } from "../../../submission/service/lineage/graph.ts";
import type { Result } from "../../../submission/service/lineage/result.ts";
import { backgroundOf } from "../../../submission/service/status/facts.ts";
import { runState } from "../../../submission/service/status/run-state.ts";
import { localProfile } from "../../../submission/spec/index.ts";
import { argoRun, BROKEN, DONE, sampleRecord } from "./runs.ts";

async function events(run: Parameters<typeof argoRun>[1], results: ReadonlyMap<string, Result> = new Map()) {
  const record = sampleRecord("sub-1");
  const background = await backgroundOf("sub-1", { record: async () => record }, localProfile());
  if (background === undefined) throw new Error("the sample is there");
  return lineageEvents(lineageGraph(background), runState(argoRun("sub-1", run)), results);
}

describe("lineage", () => {
  test("begins and ends the submission and each node, under run ids that are always the same", async () => {
    const told = (await events(DONE)).map(({ eventType, job, run }) => [eventType, job.name, run.runId]);
    const pipeline = "bt_xs_bilstm_v1";
    expect(told).toEqual([
      ["START", pipeline, runId("sub-1")],
      ["START", `${pipeline}.fetch_data`, runId("sub-1", "fetch_data")],
      ["COMPLETE", `${pipeline}.fetch_data`, runId("sub-1", "fetch_data")],
      ["START", `${pipeline}.compute_features`, runId("sub-1", "compute_features")],
      ["COMPLETE", `${pipeline}.compute_features`, runId("sub-1", "compute_features")],
      ["START", `${pipeline}.train_model`, runId("sub-1", "train_model")],
      ["COMPLETE", pipeline, runId("sub-1")],
      ["COMPLETE", `${pipeline}.train_model`, runId("sub-1", "train_model")],
    ]);
    for (const [, , id] of told)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test("has the DAG's edges one to one, and every node's parent is the submission", async () => {
    const all = await events(DONE);
    const dag = all.find(({ job }) => job.name === "bt_xs_bilstm_v1")?.job.facets.orch_dag;
    expect(dag?.edges).toEqual([
      { from: "fetch_data", to: "compute_features" },
      { from: "compute_features", to: "train_model" },
    ]);
    for (const { run, job } of all.filter(({ job }) => job.name.includes(".")))
      expect(run.facets.parent?.run, job.name).toEqual({ runId: runId("sub-1") });
  });

  test("joins nodes by the data they hand on: one's output is the next one's input", async () => {
    const of = (all: Awaited<ReturnType<typeof events>>, node: string) =>
      all.find(({ eventType, job }) => eventType === "COMPLETE" && job.name.endsWith(`.${node}`));
    const all = await events(DONE);
    expect(of(all, "compute_features")?.inputs).toEqual(of(all, "fetch_data")?.outputs);
    expect(of(all, "train_model")?.outputs.map(({ namespace, name }) => `${namespace}/${name}`)).toEqual([
      "s3://artifacts/models/bt_xs_bilstm_v1/sub-1/model.bin",
      "s3://artifacts/reports/sub-1/metrics.json",
    ]);
  });

  test("carries what a node wrote down of its data: snapshot and hash", async () => {
    const results = new Map<string, Result>([
      ["fetch_data", { read: { outputs: { dataset_uri: { snapshot: "8744736658442914487" } } } }],
      ["train_model", { read: { outputs: { model_uri: { sha256: "a".repeat(64) } } } }],
    ]);
    const all = await events(DONE, results);
    const done = all.filter(({ eventType }) => eventType === "COMPLETE");
    const facets = done.flatMap(({ outputs }) => outputs.map(({ facets }) => facets));
    expect(facets).toContainEqual(
      expect.objectContaining({ version: expect.objectContaining({ datasetVersion: "8744736658442914487" }) }),
    );
    expect(facets).toContainEqual(
      expect.objectContaining({ orch_artifact: expect.objectContaining({ sha256: "a".repeat(64) }) }),
    );
  });

  test("says that what a node wrote could not be read, and why, instead of leaving its end out", async () => {
    const all = await events(DONE, new Map([["fetch_data", { unreadable: "it is not handed out (AccessDenied)" }]]));
    const done = all.find(({ eventType, job }) => eventType === "COMPLETE" && job.name.endsWith(".fetch_data"));
    expect(done?.run.facets.orch_result?.unreadable).toBe("it is not handed out (AccessDenied)");
    expect(done?.outputs.map(({ facets }) => facets)).toEqual([undefined]);
  });

  test("says why a node failed, and says nothing of one that never ran", async () => {
    const all = await events(BROKEN);
    const failed = all.find(({ eventType, job }) => eventType === "FAIL" && job.name.endsWith(".compute_features"));
    expect(failed?.run.facets.errorMessage?.message).toBe("main: Error (exit code 1)");
    expect(all.some(({ job }) => job.name.endsWith(".train_model"))).toBe(false);
  });

  test.each([
    ["s3://bucket/a/b.parquet", "s3://bucket", "a/b.parquet"],
    ["iceberg://catalog:8181/ns.table", "iceberg://catalog:8181", "ns.table"],
    ["s3://bucket", "s3://bucket", "/"],
  ])("names %s by its store and its place in it", (uri, namespace, name) => {
    expect(datasetName(uri)).toEqual({ namespace, name });
  });
});
