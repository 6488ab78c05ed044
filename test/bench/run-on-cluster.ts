/**
 * What the controllers take: DAGs of the bench's shape on the embedded environment, from create to the end, with Kueue admitting every
 * pod. Starts an environment of its own in a temporary folder unless one is named, and ends it again.
 *
 * node test/bench/run-on-cluster.ts [--state DIR] [--shape NODESxLAYERS ...] [--live N] [--check]
 * `--shape` default 100x10 1000x100; `--live N` keeps N other workflows alive meanwhile, each waiting for a pod that
 * does not end; N stays below the team's parallelism (250), or the measured one waits for its turn.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { CoreV1Api, Watch } from "@kubernetes/client-node";
import Table from "cli-table3";
import { bringUp } from "../../local/index.ts";
import { type Cluster, connect, follow, type RunSnapshot } from "../../submission/cli/run/index.ts";
import { compile, type Workflow } from "../../submission/compile/index.ts";
import { ArgoWorkflows, Connection } from "../../submission/service/kubernetes/index.ts";
import { check, localProfile } from "../../submission/spec/index.ts";
import { benchParams, layeredDag } from "./dags.ts";

/** Seconds the issue allows, by shape. */
const BOUNDS: Readonly<Record<string, number>> = { "100x10": 15, "1000x100": 120 };

const { values } = parseArgs({
  options: {
    state: { type: "string" },
    shape: { type: "string", multiple: true, default: ["100x10", "1000x100"] },
    live: { type: "string", default: "0" },
    check: { type: "boolean", default: false },
  },
});

const profile = localProfile();
// Two benches on one environment, and one after the other, must not meet under an id.
const series = Date.now().toString(36);
let missed = 0;

const own = values.state === undefined ? mkdtempSync(join(tmpdir(), "orch-bench-")) : undefined;
const stateDir = values.state ?? own ?? "";
const brought =
  own === undefined
    ? undefined
    : await bringUp({ stateDir: own, lifetime: "attached", onStage: (stage) => console.log(stage) });
try {
  const cluster = connect({ state: stateDir });
  await keepAlive(cluster, Number(values.live));
  const table = new Table({
    head: ["nodes", "layers", "whole run", "per layer", "longest queue wait", "phase"],
    style: { head: [], border: [] },
  });
  for (const shape of values.shape) {
    const [nodes = 0, layers = 0] = shape.split("x").map(Number);
    const { seconds, run } = await timed(cluster, `bench-${series}-${shape}`, nodes, layers);
    const wait = Math.max(0, ...run.nodes.map((node) => node.queueWaitSeconds ?? 0));
    table.push([
      nodes,
      layers,
      `${seconds.toFixed(1)} s`,
      `${((seconds / layers) * 1000).toFixed(0)} ms`,
      `${wait} s`,
      run.phase,
    ]);
    if (run.phase !== "Succeeded" || seconds > (BOUNDS[shape] ?? Number.POSITIVE_INFINITY)) missed += 1;
  }
  console.log(table.toString());
} finally {
  await brought?.environment.stop();
  if (own !== undefined) rmSync(own, { recursive: true, force: true });
}
if (values.check && missed > 0) process.exitCode = 1;

async function create(cluster: Cluster, id: string, nodes: number, layers: number, endless = false): Promise<void> {
  const result = check({
    dag: { text: JSON.stringify(layeredDag({ nodes, layers })), source: "bench.json" },
    params: { text: JSON.stringify(benchParams(id)), source: "params.json" },
    profile,
  });
  if (!result.ok) throw new Error(`the bench's DAG is wrong: ${result.diagnostics[0]?.message}`);
  const compiled = compile(result.submission, profile);
  if (!compiled.ok) throw new Error(`the bench's DAG does not compile: ${compiled.diagnostics[0]?.message}`);
  const { workflow, digests } = compiled;
  const templates = endless ? workflow.spec.templates.map(hanging) : workflow.spec.templates;
  const manifest = JSON.stringify({ ...workflow, spec: { ...workflow.spec, templates } });
  const { namespace } = workflow.metadata;
  const workflows = new ArgoWorkflows({ connection: new Connection(cluster.kubeConfig), namespaces: [namespace] });
  await workflows.create(namespace, manifest, digests.manifest);
}

/** From the create to the Workflow's end. */
async function timed(
  cluster: Cluster,
  id: string,
  nodes: number,
  layers: number,
): Promise<{ seconds: number; run: RunSnapshot }> {
  const start = performance.now();
  await create(cluster, id, nodes, layers);
  const namespace = profile.teams[profile.defaultTeam ?? ""]?.namespace ?? "";
  await ended(cluster, namespace, id);
  const seconds = (performance.now() - start) / 1000;
  let last: RunSnapshot | undefined;
  for await (const run of follow({ kubeConfig: cluster.kubeConfig, namespace, submissionId: id, profile })) last = run;
  if (last === undefined) throw new Error(`nothing was seen of ${id}`);
  return { seconds, run: last };
}

/**
 * A watch that hears of the end alone: following a thousand nodes, or asking time and again, would take of the machine that is measured.
 * The client gives a watch up that says nothing for half a minute; the next one begins with what is there.
 */
async function ended(cluster: Cluster, namespace: string, id: string): Promise<void> {
  const labelSelector = `submission_id=${id},workflows.argoproj.io/completed=true`;
  const path = `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/workflows`;
  let failure: unknown;
  for (let watches = 0; watches < 100; watches++) {
    const seen = await new Promise<boolean>((resolve, reject) => {
      const watch = new Watch(cluster.kubeConfig).watch(
        path,
        { labelSelector, resourceVersion: "0" },
        (kind) => {
          if (kind !== "ADDED" && kind !== "MODIFIED") return;
          resolve(true);
          void watch.then((controller) => controller.abort());
        },
        (error: unknown) => {
          failure = error;
          resolve(false);
        },
      );
      watch.catch(reject);
    });
    if (seen) return;
  }
  throw new Error(`the end of ${id} was not seen`, { cause: failure });
}

/** Workflows whose one pod runs until it is deleted, up before the measured one starts. */
async function keepAlive(cluster: Cluster, count: number): Promise<void> {
  if (count === 0) return;
  console.log(`keeping ${count} other workflows alive`);
  for (let index = 0; index < count; index++) await create(cluster, `live-${series}-${index}`, 1, 1, true);
  const namespace = profile.teams[profile.defaultTeam ?? ""]?.namespace ?? "";
  const api = cluster.kubeConfig.makeApiClient(CoreV1Api);
  for (let running = 0; running < count; await new Promise((resolve) => setTimeout(resolve, 1000))) {
    const { items } = await api.listNamespacedPod({
      namespace,
      fieldSelector: "status.phase=Running",
      resourceVersion: "0",
    });
    running = items.length;
  }
}

type Template = Workflow["spec"]["templates"][number];

function hanging(template: Template): Template {
  return { ...template, metadata: { ...template.metadata, annotations: { "orch.dev/simulate": "hang" } } };
}
