import { describe, expect, it } from "vitest";
import { check, localProfile } from "../../../submission/spec/index.ts";
import { sample } from "./documents.ts";

describe("the requirements document's DAG", () => {
  const result = check({
    dag: { text: sample("bt_xs_bilstm_v1.yaml"), source: "bt_xs_bilstm_v1.yaml" },
    params: { text: sample("runtime_params.json"), source: "runtime_params.json" },
    profile: localProfile(),
  });

  it("is a submission without a warning", () => {
    expect(result.diagnostics).toEqual([]);
    expect(result).toMatchObject({
      ok: true,
      submission: {
        team: "research",
        priority: "high",
        params: { submissionId: "sub-2025-10-29-001", env: "staging", computePool: "gpu_spot", ttlDays: 14 },
        refs: { refs: {}, modelVersion: undefined },
      },
    });
  });

  it("has its resources merged field by field and its defaults filled in", () => {
    if (!result.ok) throw new Error("the sample was refused");
    const { dag } = result.submission;
    expect(dag).toMatchObject({
      version: 1,
      pipelineId: "bt_xs_bilstm_v1",
      maxRuntimeSeconds: 7200,
      priority: "normal",
    });
    expect(
      dag.nodes.map(({ id, resources, retry, qos, timeoutSeconds }) => ({ id, resources, retry, qos, timeoutSeconds })),
    ).toEqual(
      [
        { id: "fetch_data", resources: { cpu: "4", mem: "16Gi", gpu: 0 } },
        { id: "compute_features", resources: { cpu: "4", mem: "16Gi", gpu: 0 } },
        { id: "train_model", resources: { cpu: "8", mem: "32Gi", gpu: 1 } },
      ].map((each) => ({
        ...each,
        retry: { maxAttempts: 2, backoffSeconds: 60 },
        qos: "spot_ok",
        timeoutSeconds: 7200,
      })),
    );
    expect(dag.nodes[0]).toMatchObject({
      kind: "trino_sql",
      sqlUri: "s3://queries/bt_fetch.sql",
      sql: undefined,
      params: {},
    });
    expect(dag.nodes[2]).toMatchObject({ kind: "ray_job", params: { trainer: "bilstm", epochs: 30 } });
  });
});
