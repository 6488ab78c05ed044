import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { clusterNode, pod, workflow, workload } from "../../../submission/service/kubernetes/objects.ts";
import { type Observation, snapshot } from "../../../submission/service/status/snapshot.ts";
import { localProfile } from "../../../submission/spec/index.ts";

const NOW = new Date("2026-01-01T00:01:00Z");
const CREATED = "2026-01-01T00:00:00Z";

/** As Argo writes it: `b` is retried by a template around it, whose one task is called `try`; a node of the user's is called so too. */
const NODES = {
  run: { id: "run", displayName: "run", type: "DAG", phase: "Running" },
  a: {
    id: "a",
    displayName: "fetch-data",
    type: "Pod",
    boundaryID: "run",
    phase: "Succeeded",
    hostNodeName: "cpu-0",
    children: ["b"],
  },
  b: { id: "b", displayName: "b", type: "Retry", boundaryID: "run", phase: "Running", children: ["b0", "b1"] },
  b0: { id: "b0", displayName: "b(0)", type: "DAG", boundaryID: "run", phase: "Failed", children: ["b0t"] },
  b0t: {
    id: "b0t",
    displayName: "try",
    type: "Pod",
    boundaryID: "b0",
    phase: "Failed",
    startedAt: "2026-01-01T00:00:10Z",
  },
  b1: { id: "b1", displayName: "b(1)", type: "DAG", boundaryID: "run", phase: "Running", children: ["b1t"] },
  b1t: {
    id: "b1t",
    displayName: "try",
    type: "Pod",
    boundaryID: "b1",
    phase: "Pending",
    startedAt: "2026-01-01T00:00:20Z",
  },
};
const TEMPLATES = [
  {
    name: "0",
    dag: {
      tasks: [
        { name: "part-1", template: "part" },
        { name: "try", template: "leaf" },
      ],
    },
  },
  {
    name: "part",
    dag: {
      tasks: [
        { name: "fetch-data", template: "leaf" },
        { name: "b", template: "0-leaf" },
      ],
    },
  },
  { name: "0-leaf", retryStrategy: { limit: 1 }, dag: { tasks: [{ name: "try", template: "leaf" }] } },
  { name: "leaf" },
];

function metadata(name: string, labels: Record<string, string> = {}) {
  return { name, uid: name, creationTimestamp: CREATED, labels };
}

function run(status: object) {
  return workflow.parse({ metadata: metadata("run"), spec: { entrypoint: "0", templates: TEMPLATES }, status });
}

const held = pod.parse({
  metadata: metadata("pod-b", { node_id: "b", "kueue.x-k8s.io/queue-name": "cpu" }),
  spec: { schedulingGates: [{ name: "kueue.x-k8s.io/admission" }] },
  status: { phase: "Pending" },
});

function seen(parts: Partial<Observation> = {}): Observation {
  return {
    namespace: "team-research",
    workflow: run({ phase: "Running", nodes: NODES }),
    pods: [],
    workloads: new Map(),
    neighbours: [],
    clusterNodes: new Map(),
    simulatedResources: new Set(),
    profile: localProfile(),
    now: NOW,
    ...parts,
  };
}

const nodeOf = (observation: Observation, id: string) => snapshot(observation).nodes.find(({ node }) => node === id);

describe("a snapshot", () => {
  test("has the DAG's nodes by their own ids, in order, through parts and without the wrappers of retries", () => {
    expect(snapshot(seen()).nodes.map(({ node, state }) => `${node} ${state}`)).toEqual([
      "fetch_data Succeeded",
      "b Running",
      "try Waiting",
    ]);
  });

  test("counts the attempts of a retried node and not those of one that happens to be called try", () => {
    expect(nodeOf(seen(), "b")?.attempts).toBe(2);
    expect(nodeOf(seen(), "try")?.attempts).toBe(0);
  });

  test("reads states that Argo has compressed", () => {
    const compressedNodes = gzipSync(JSON.stringify(NODES)).toString("base64");
    expect(snapshot(seen({ workflow: run({ phase: "Running", compressedNodes }) }))).toEqual(snapshot(seen()));
  });

  test("shows a pod that Kueue holds back as queued, with a wait that grows", () => {
    expect(nodeOf(seen({ pods: [held] }), "b")).toMatchObject({ state: "Queued", queue: "cpu", queueWaitSeconds: 60 });
  });

  test("takes queue, flavor, pool and wait from the workload, and of several pod sets the one with the GPU", () => {
    const admitted = workload.parse({
      metadata: metadata("w"),
      spec: { queueName: "gpu" },
      status: {
        admission: {
          podSetAssignments: [
            { name: "workers", flavors: { cpu: "gpu-spot", "nvidia.com/gpu": "gpu-spot" } },
            { name: "head", flavors: { cpu: "cpu-spot" } },
          ],
        },
        conditions: [{ type: "Admitted", status: "True", lastTransitionTime: "2026-01-01T00:00:07Z" }],
      },
    });
    const b = nodeOf(seen({ workloads: new Map([["b", admitted]]) }), "b");
    expect(b).toMatchObject({
      queue: "gpu",
      flavor: "gpu-spot",
      pool: "gpu_spot",
      queueWaitSeconds: 7,
      state: "Running",
    });
  });

  test("says simulated when the cluster node or the custom resource says so", () => {
    const nodes = new Map([
      [
        "cpu-0",
        clusterNode.parse({
          metadata: { name: "cpu-0", labels: { "orch.dev/pool": "cpu", "orch.dev/simulated": "true" } },
        }),
      ],
    ]);
    expect(nodeOf(seen({ clusterNodes: nodes }), "fetch_data")).toMatchObject({
      simulated: true,
      pool: "cpu",
      nodeName: "cpu-0",
    });
    expect(nodeOf(seen(), "fetch_data")).toMatchObject({ simulated: false });
    expect(nodeOf(seen({ simulatedResources: new Set(["b"]) }), "b")).toMatchObject({ simulated: true });
  });

  test("shows what a finished run never reached as skipped", () => {
    const finished = seen({ workflow: run({ phase: "Failed", nodes: NODES }) });
    expect(snapshot(finished).finished).toBe(true);
    expect(nodeOf(finished, "try")?.state).toBe("Skipped");
  });
});
