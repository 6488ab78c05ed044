import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile, taskName } from "../../../submission/compile/index.ts";
import { workflow } from "../../../submission/service/kubernetes/objects.ts";
import { s3Results } from "../../../submission/service/lineage/s3-results.ts";
import { LineageSink } from "../../../submission/service/lineage/sink.ts";
import type { SubmissionRecord } from "../../../submission/service/model.ts";
import { runState } from "../../../submission/service/status/run-state.ts";
import { entriesOf } from "../../../submission/service/watch/entries.ts";
import { check, localProfile } from "../../../submission/spec/index.ts";
import { rayJob } from "../../unit/compile/golden-dags.ts";
import { clock, sampleRecord } from "../../unit/service/runs.ts";
import { HttpSink } from "./http-sink.ts";
import { S3Server } from "./s3-server.ts";

const ID = "sub-1";
const profile = localProfile();

/** One node of each kind that runs in pods of an operator's. */
const DAG = {
  version: 1,
  pipeline_id: "jobs",
  nodes: [
    { id: "ray", kind: "ray_job", image: "ghcr.io/archetype/trainers:0.8.1", outs: ["of_ray"] },
    { id: "spark", kind: "spark_sql", params: { sql: "select 1" }, outs: ["of_spark"] },
    {
      id: "flink",
      kind: "flink_job",
      image: "flink:1.20.1",
      params: { jar_uri: "s3://jars/job.jar" },
      outs: ["of_flink"],
    },
    { id: "own", kind: "custom_crd", params: rayJob("python own.py --result ${ORCH_RESULT_URI}"), outs: ["of_own"] },
    { id: "silent", kind: "ray_job", image: "ghcr.io/archetype/trainers:0.8.1", outs: ["of_silent"] },
  ],
  edges: [],
};
const PARAMS = { submission_id: ID, env: "staging", labels: {}, secrets_scope: [], ttl_days: 1 };
const documents = { dag: JSON.stringify(DAG), params: JSON.stringify(PARAMS), refs: undefined };

function compiled() {
  const checked = check({
    dag: { text: documents.dag, source: "dag.json" },
    params: { text: documents.params, source: "params.json" },
    profile,
  });
  const result = checked.ok ? compile(checked.submission, profile) : checked;
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
  return result;
}

const submitted = compiled();
const record: SubmissionRecord = { ...sampleRecord(ID), pipelineId: "jobs", documents, manifest: submitted.json() };

/** The custom resource of a node, as Argo applies it. */
function resourceOf(node: string): string {
  const template = submitted.workflow.spec.templates.find(({ name }) => name === taskName(node));
  if (template?.resource === undefined) throw new Error(`${node} is no custom resource`);
  return template.resource.manifest;
}

/** Where the node's own pods are told to write their result. */
function told(node: string): string {
  const uris = new Set(resourceOf(node).match(/s3:\/\/artifacts\/[^" ]*result\.json/g));
  expect([...uris], node).toHaveLength(1);
  return [...uris][0] ?? "";
}

/** The Workflow as it stands when all five have succeeded. */
function run() {
  const times = { startedAt: clock(1), finishedAt: clock(30) };
  const nodes = DAG.nodes.flatMap(({ id }) => {
    const displayName = taskName(id);
    const whole = { id, displayName, type: "Retry", boundaryID: ID, phase: "Succeeded", ...times };
    const pod = { ...whole, id: `${id}-0`, displayName: `${displayName}(0)`, type: "Pod" };
    return [whole, pod];
  });
  const root = { id: ID, displayName: ID, type: "DAG", phase: "Succeeded" };
  const { metadata, spec } = submitted.workflow;
  return workflow.parse({
    metadata: { ...metadata, uid: ID, creationTimestamp: clock(0) },
    spec,
    status: {
      phase: "Succeeded",
      ...times,
      nodes: Object.fromEntries([root, ...nodes].map((each) => [each.id, each])),
    },
  });
}

let s3: S3Server;
let api: HttpSink;
beforeAll(async () => {
  s3 = await S3Server.start("artifacts");
  api = await HttpSink.start();
});
afterAll(async () => {
  await api.close();
  await s3.close();
});

/** Simulated: in place of the job that its operator would start, one object is put where the job's pods are told to. */
async function simulatedJob(node: string, result: string): Promise<void> {
  const key = /^s3:\/\/artifacts\/(.+)$/.exec(told(node))?.[1];
  await s3.put(key ?? "", result);
}

describe("jobs that run in pods of an operator's", () => {
  test("are told where in the bucket their result is read, and of no file that nobody would bring there", () => {
    for (const { id } of DAG.nodes.filter(({ kind }) => kind !== "custom_crd")) {
      expect(told(id)).toBe(`s3://artifacts/runs/${ID}/${id}/result.json`);
      expect(resourceOf(id)).toContain('"ORCH_RESULT_URI"');
      expect(resourceOf(id)).not.toContain("ORCH_RESULT_PATH");
    }
    expect(resourceOf("own")).toContain(`--result s3://artifacts/runs/${ID}/own/result.json`);
  });

  test("have in lineage what they wrote, to the last digit, and one that wrote nothing has none", async () => {
    const said: string[] = [];
    for (const [at, node] of ["ray", "spark", "flink", "own"].entries()) {
      // As Python, Java and Spark write it: a number of 63 bits.
      await simulatedJob(node, `{"outputs": {"of_${node}": {"snapshot": 874473665844291448${at}}}}`);
    }
    const sink = new LineageSink({
      url: api.url,
      profile,
      audit: { record: async () => record },
      readResult: s3Results({
        storage: { uri: "s3://artifacts", region: "us-east-1" },
        log: { warn: (_, message) => void said.push(message) },
        client: s3.client,
      }),
    });
    const state = runState(run());
    await sink.tell({ record: async () => record, run: state, entries: entriesOf(state), told: new Set() });
    const ended = api.received
      .map(({ body }) => JSON.parse(body.toString()))
      .filter(({ eventType, job }) => eventType === "COMPLETE" && job.name !== "jobs");
    const versions = ended.map(({ job, outputs }) => [job.name, outputs[0].facets?.version?.datasetVersion]);
    expect(Object.fromEntries(versions)).toEqual({
      "jobs.ray": "8744736658442914480",
      "jobs.spark": "8744736658442914481",
      "jobs.flink": "8744736658442914482",
      "jobs.own": "8744736658442914483",
      "jobs.silent": undefined,
    });
    expect(said).toEqual([]);
  });
});
