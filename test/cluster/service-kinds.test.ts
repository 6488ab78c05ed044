import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { serviceInForce } from "../../local/service-in-force.ts";
import { reach, type ServiceAddress } from "../../submission/cli/service/address.ts";
import { ServiceClient } from "../../submission/cli/service/client.ts";
import { runId } from "../../submission/service/lineage/events.ts";
import type { SubmissionStatus } from "../../submission/service/status/status.ts";
import { KINDS, localProfile } from "../../submission/spec/index.ts";
import { eventually } from "../service/control-plane/eventually.ts";
import { rayJob } from "../unit/compile/golden-dags.ts";

const ID = "all-kinds";

/** One node of each kind, each after the one before it, and each reading what the one before wrote. */
function everyKind() {
  const small = { resources: { cpu: "1", mem: "2Gi" } };
  const kinds = {
    trino_sql: { params: { sql: "select 1" }, ...small },
    spark_sql: { params: { sql: "select 2" }, ...small },
    python_task: { image: "ghcr.io/archetype/feature-kit:0.3.2", ...small },
    ray_job: { image: "ghcr.io/archetype/trainers:0.8.1", resources: { cpu: "1", mem: "2Gi", gpu: 1 } },
    flink_job: { params: { jar_uri: "s3://jars/job.jar" }, ...small },
    materialize_view: { params: { sql: "create materialized view v as select 1" }, ...small },
    custom_crd: { params: rayJob("python simulate.py"), ...small },
  };
  const nodes = Object.entries(kinds).map(([kind, rest], at, all) => ({
    id: kind,
    kind,
    ...rest,
    ins: at === 0 ? ["raw"] : [`of_${all[at - 1]?.[0]}`],
    outs: [`of_${kind}`],
  }));
  const edges = nodes.slice(1).map(({ id }, at) => ({ from: nodes[at]?.id ?? "", to: id }));
  return { version: 1, pipeline_id: "all_kinds", nodes, edges };
}

describe("a DAG of every kind, through the service", () => {
  const dag = everyKind();
  let address: ServiceAddress;
  let client: ServiceClient;
  let last: SubmissionStatus | undefined;

  beforeAll(async () => {
    // A test before this one may have changed a team, after which the service begins anew.
    await serviceInForce(inject("stateDir"), new AbortController().signal);
    address = await reach({ state: inject("stateDir") });
    client = new ServiceClient(address, "research");
    const params = { submission_id: ID, env: "staging", labels: {}, secrets_scope: [], ttl_days: 1 };
    await client.submit({
      dag_spec: JSON.stringify(dag),
      runtime_params: JSON.stringify(params),
      refs: JSON.stringify({ raw: { uri: "s3://lake/raw", snapshot: "42" } }),
    });
    for await (const status of client.follow(ID)) last = status;
  });
  afterAll(() => address.close());

  test("ends with every node succeeded, each with its kind, its queue and where its output is", () => {
    const failed = last?.nodes.flatMap(({ node, state, reason }) => (state === "Failed" ? [`${node}: ${reason}`] : []));
    expect(failed).toEqual([]);
    expect(last).toMatchObject({ phase: "Succeeded", finished: true });
    expect(last?.nodes.map(({ kind, state }) => [kind, state])).toEqual(
      dag.nodes.map(({ kind }) => [kind, "Succeeded"]),
    );
    expect(new Set(dag.nodes.map(({ kind }) => kind))).toEqual(new Set(KINDS));
    for (const { node, outputs } of last?.nodes ?? []) {
      expect(outputs, node).toEqual([{ name: `of_${node}`, uri: `s3://artifacts/runs/${ID}/${node}/of_${node}` }]);
    }
    const queued = last?.nodes.filter(({ queue }) => queue !== undefined).map(({ node, queue }) => [node, queue]);
    expect(queued).toContainEqual(["ray_job", "gpu"]);
    expect(queued).toContainEqual(["python_task", "cpu"]);
  });

  test("has a lineage whose edges are the DAG's, and whose data joins one node to the next", async () => {
    const lineage = await client.lineage(ID);
    expect(lineage.edges).toEqual(dag.edges);
    expect(lineage.runs.map(({ node, run_id, state }) => [node, run_id, state])).toEqual(
      dag.nodes.map(({ id }) => [id, runId(ID, id), "COMPLETE"]),
    );
    expect(lineage.runs[0]?.inputs).toEqual([{ name: "raw", uri: "s3://lake/raw", version: "42" }]);
    for (const [at, { inputs }] of lineage.runs.entries()) {
      if (at > 0) expect(inputs.map(({ uri }) => uri)).toEqual(lineage.runs[at - 1]?.outputs.map(({ uri }) => uri));
    }
  });

  test("is in the audit log from its acceptance to its end, each node with its tries", async () => {
    // The status is the Workflow's own; the rows of its end come once they are written.
    const entries = await eventually("its end is written", async () => {
      const { entries } = await client.audit(ID);
      return entries.at(-1)?.event === "node" ? undefined : entries;
    });
    expect(entries.slice(0, 3).map(({ event }) => event)).toEqual(["accepted", "dispatching", "dispatched"]);
    expect(entries.at(-1)).toMatchObject({ event: "succeeded" });
    const succeeded = entries
      .filter(({ key }) => /^node\/[a-z_]+\/Succeeded$/.test(key))
      .map(({ detail }) => detail.node);
    expect(new Set(succeeded)).toEqual(new Set(dag.nodes.map(({ id }) => id)));
    expect(localProfile().stages).toContain(last?.env);
  });
});
