import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Environment } from "../../local/cluster/index.ts";
import { bringUp } from "../../local/index.ts";
import { attemptsAt, Cluster, compiledDag } from "./compile-cluster.ts";
import { SchedulingCluster } from "./scheduling-cluster.ts";

/** An environment whose Kueue waits for pods to be ready, as production's does, but not for ten minutes. */
const PODS_READY_SECONDS = 3;

describe("when spot has run out of machines, though not of quota", () => {
  const stateDir = mkdtempSync(join(tmpdir(), "orch-stock-out-"));
  let environment: Environment;
  beforeAll(async () => {
    ({ environment } = await bringUp({ stateDir, lifetime: "attached", podsReadySeconds: PODS_READY_SECONDS }));
    const cluster = new SchedulingCluster(environment.kubeconfig);
    await cluster.deleteNodes("orch.dev/capacity=spot");
  });
  afterAll(async () => {
    await environment.stop();
    rmSync(stateDir, { recursive: true, force: true });
  });

  it("a node is taken back after its time and runs on-demand, at no cost of the user's attempts", async () => {
    const argo = new Cluster(environment.kubeconfig);
    const node = { id: "work", kind: "python_task", image: "ghcr.io/archetype/feature-kit:0.3.2" };
    const { workflow, placements } = compiledDag({ nodes: [{ ...node, retry: { max_attempts: 1 } }], edges: [] });
    expect(placements[0]?.flavors).toEqual(["cpu-spot", "cpu-on-demand"]);
    await argo.submit(workflow);
    const state = await argo.ended(workflow.metadata.name);
    const attempts = attemptsAt(state, "work");
    expect([state.phase, attempts.map(({ phase }) => phase)]).toEqual(["Succeeded", ["Failed", "Succeeded"]]);
    expect(attempts[0]?.message).toMatch(/^can't find failed message for pod /);
    expect(attempts[0]?.hostNodeName ?? "").toBe("");
    expect(attempts[1]?.hostNodeName).toMatch(/^cpu-\d+$/);
  });
});
