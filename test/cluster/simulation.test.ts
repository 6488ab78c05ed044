import { CoreV1Api, CustomObjectsApi, KubeConfig } from "@kubernetes/client-node";
import { afterAll, expect, inject, it } from "vitest";
import { planLocalNodes } from "../../components/cluster/pools.ts";
import { planTeamQueues } from "../../components/workflow/queues.ts";
import { play } from "../../local/simulation/playback.ts";
import { POLICIES, type PolicyName, type QueueOwner } from "../../local/simulation/policy.ts";
import { report } from "../../local/simulation/report.ts";
import { TIME_SCALE } from "../../local/simulation/setting.ts";
import { queueOwners } from "../../local/simulation/teams.ts";
import type { Arrival, Trace, TraceNode } from "../../local/simulation/trace.ts";

const kubeConfig = new KubeConfig();
kubeConfig.loadFromFile(inject("kubeconfig"));
const machines = planLocalNodes();
const spot = machines.filter(({ pool }) => pool === "cpu_spot").map(({ name }) => name);

const node = (id: string, minutes: number, after: readonly string[] = []): TraceNode => ({
  id,
  after,
  cpu: 4,
  memory: 8,
  gpu: 0,
  minutes,
});
const dag = (name: string, qos: Arrival["qos"], nodes: readonly TraceNode[]): Arrival => ({
  at: 0.2,
  name,
  kind: "tiny",
  team: "research",
  qos,
  priority: "normal",
  nodes,
});

/** Work that may be lost and work that must not be; all spot machines are taken back while both run. */
const TINY: Trace = {
  seed: 0,
  minutes: 3,
  arrivals: [
    dag("batch", "spot_ok", [node("a", 4), node("b", 1, ["a"])]),
    dag("signals", "latency_critical", [node("a", 4)]),
  ],
  interruptions: [{ at: 2, zone: "us-east-1a", nodes: spot, backAt: 3 }],
};

async function played(policy: PolicyName) {
  const prefix = `s${Date.now().toString(36)}`;
  const owners = queueOwners(prefix);
  made.push(...owners);
  const observed = await play({
    kubeConfig,
    trace: TINY,
    policy: POLICIES[policy],
    prefix,
    owners,
    machines,
    scale: TIME_SCALE,
    drainMinutes: 40,
    signal: new AbortController().signal,
  });
  return report({ trace: TINY, observed, machines, prefix });
}

const made: QueueOwner[] = [];
afterAll(async () => {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const custom = kubeConfig.makeApiClient(CustomObjectsApi);
  const queues = { group: "kueue.x-k8s.io", version: "v1beta2", plural: "clusterqueues" };
  for (const { name, namespace, share } of made) {
    await core.deleteNamespace({ name: namespace });
    for (const queue of Object.values(planTeamQueues(name, namespace, share)))
      await custom.deleteClusterCustomObject({ ...queues, name: queue.name });
  }
});

it("plays a trace: what is lost with a spot machine runs again, the rest goes on, and the report says so", async () => {
  const seen = await played("ours");
  expect(seen.dags).toEqual({ arrived: 2, succeeded: 2, failed: 0, unfinished: 0 });
  expect(seen.lostAttempts).toBe(1);
  expect(seen.spotShare.cpu).toBe(1);
  expect(seen.waits.map(({ qos, attempts }) => [qos, attempts])).toEqual([
    ["latency_critical", 1],
    ["spot_ok", 3],
  ]);
  // Ended once, begun anew when machines were there again, and the second node after it.
  expect(seen.makespan).toBeGreaterThan(7);
});

it("plays the same trace with the defaults, which keep off spot only what says so", async () => {
  const seen = await played("defaults");
  expect(seen.dags).toEqual({ arrived: 2, succeeded: 2, failed: 0, unfinished: 0 });
  expect(seen.waits.find(({ qos }) => qos === "latency_critical")?.attempts).toBe(1);
});
