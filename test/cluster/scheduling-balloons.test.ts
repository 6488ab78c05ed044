import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CoreV1Api, KubeConfig, type V1Pod } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { BalloonSizes } from "../../components/cluster/balloons.ts";
import { POOLS, poolLabels, poolTolerations } from "../../components/cluster/pools.ts";
import { applyPlatform, destroyPlatform } from "../../local/engine/index.ts";
import { quota, SchedulingCluster } from "./scheduling-cluster.ts";

/** Every node of the pool `gpu`, which has four with four GPUs each, is full of one balloon. */
const NODES = 4;
const SIZES: BalloonSizes = { gpu: { pods: NODES, cpu: 8, memory: 32, gpu: 4 } };
const NAMESPACE = "test-balloons";

const kubeconfig = inject("kubeconfig");
const stateDir = mkdtempSync(join(tmpdir(), "orch-balloons-"));
/** The component, by the real engine. */
const stack = {
  stateDir,
  projectDir: new URL("../fixtures/pulumi/balloons", import.meta.url).pathname,
  stack: "test",
  plugins: "ours" as const,
  crds: false,
  config: { kubeconfig, namespace: NAMESPACE, sizes: JSON.stringify(SIZES) },
};
const cluster = new SchedulingCluster(kubeconfig);
const config = new KubeConfig();
config.loadFromFile(kubeconfig);
const core = config.makeApiClient(CoreV1Api);

const balloons = async () => (await core.listNamespacedPod({ namespace: NAMESPACE })).items;
const isRunning = ({ status }: V1Pod) => status?.phase === "Running";

/** Until every balloon has a node. */
const blownUp = () =>
  cluster.until(async () => {
    const pods = await balloons();
    return pods.length === NODES && pods.every(isRunning) ? pods : undefined;
  }, "a node for every balloon");

/** The balloon that waits once another has its node, and why. */
const waiting = () =>
  cluster.until(async () => {
    const pods = await balloons();
    const without = pods.filter((pod) => !isRunning(pod));
    const placed = without[0]?.status?.conditions?.find(({ type }) => type === "PodScheduled");
    return pods.length === NODES && without.length === 1 && placed?.reason === "Unschedulable" ? placed : undefined;
  }, "a balloon that waits");

/** Whom the scheduler has taken off a node, by whom. */
const preempted = ({ metadata }: V1Pod) =>
  cluster.until(async () => {
    const { items } = await core.listNamespacedEvent({ namespace: NAMESPACE, fieldSelector: "reason=Preempted" });
    return items.find(({ message }) => message?.includes(metadata?.uid ?? ""));
  }, `a balloon that gives way to ${metadata?.name}`);

/** A GPU for a pod that has no priority at all: what a system's own pods have, if nobody gives them one. */
const plain = (): V1Pod => {
  const pool = POOLS.find(({ name }) => name === "gpu");
  if (pool === undefined) throw new Error("there is no pool gpu");
  return {
    metadata: { generateName: "plain-", namespace: "default", annotations: { "orch.dev/simulate": "hang" } },
    spec: {
      nodeSelector: poolLabels(pool),
      tolerations: poolTolerations(pool),
      containers: [
        { name: "main", image: "example/task:1", resources: { limits: { cpu: "1", "nvidia.com/gpu": "1" } } },
      ],
    },
  };
};

describe("a pool whose free room is full of balloons", () => {
  beforeAll(() => applyPlatform(stack));
  afterAll(async () => {
    await cluster.clear();
    await destroyPlatform(stack);
    rmSync(stateDir, { recursive: true, force: true });
  });

  it.each([
    {
      who: "the least urgent job of a team",
      run: async () => {
        const { a } = await cluster.teams({ a: { quota: { gpu: quota(8, 1) } } });
        return cluster.run(a, { gpu: 1, qos: "on_demand", priority: "low" });
      },
    },
    {
      who: "a pod without any priority",
      run: () => core.createNamespacedPod({ namespace: "default", body: plain() }),
    },
  ])("has it at once for $who; that balloon waits for a node, and is back when the room is", async ({ run }) => {
    const before = await blownUp();
    const pod = await run();
    const node = await cluster.running(pod);

    expect(before.map(({ spec }) => spec?.nodeName)).toContain(node);
    const gone = before.find(({ spec }) => spec?.nodeName === node);
    expect((await preempted(pod)).involvedObject.name).toBe(gone?.metadata?.name);
    expect((await waiting()).message).toMatch(/Insufficient nvidia.com\/gpu/);
    const others = before.filter((each) => each !== gone).map(({ metadata }) => metadata?.uid);
    expect((await balloons()).filter(isRunning).map(({ metadata }) => metadata?.uid)).toEqual(
      expect.arrayContaining(others),
    );

    await cluster.end(pod);
    await blownUp();
  });
});
