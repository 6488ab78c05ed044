import { describe, expect, inject, it } from "vitest";
import { attemptsAt, Cluster, compiledDag, profile, simulating, simulatingResources } from "./compile-cluster.ts";

/** One attempt after infrastructure loss, so that the last one comes soon. */
const using = { ...profile, infrastructureAttempts: 1 };

const dag = (maxAttempts: number) => ({
  nodes: [
    {
      id: "work",
      kind: "python_task",
      image: "ghcr.io/archetype/feature-kit:0.3.2",
      resources: { cpu: "100m", mem: "64Mi" },
      retry: { max_attempts: maxAttempts, backoff_sec: 0 },
    },
  ],
  edges: [],
});

describe("on the running controller, a node", () => {
  const cluster = new Cluster(inject("kubeconfig"));

  async function run(maxAttempts: number, simulate: string) {
    const { workflow } = compiledDag(dag(maxAttempts), using);
    await cluster.submit(simulating(workflow, "work", { "orch.dev/simulate": simulate }));
    const state = await cluster.ended(workflow.metadata.name);
    await cluster.remove(workflow);
    return { phase: state.phase, attempts: attemptsAt(state, "work") };
  }

  it("that fails by itself is tried max_attempts times, and no loss is counted", async () => {
    const { phase, attempts } = await run(2, "fail");
    expect(phase).toBe("Failed");
    expect(attempts.map((each) => each.phase)).toEqual(["Failed", "Failed"]);
  });

  it("that fails by itself is not retried when max_attempts is 1", async () => {
    const { phase, attempts } = await run(1, "fail");
    expect(phase).toBe("Failed");
    expect(attempts).toHaveLength(1);
  });

  it("that is lost with its spot machine runs again, on-demand, though max_attempts is 1", async () => {
    const { phase, attempts } = await run(1, "spot-loss");
    expect(phase).toBe("Succeeded");
    expect(attempts.map(({ hostNodeName }) => hostNodeName?.replace(/-\d+$/, ""))).toEqual(["cpu-spot", "cpu"]);
  });

  it("that is lost each time gives up after the budget for losses, once for each of the user's attempts", async () => {
    const { phase, attempts } = await run(2, "infra-loss");
    expect(phase).toBe("Failed");
    expect(attempts).toHaveLength(4);
    for (const { message } of attempts) expect(message).toMatch(/imminent node shutdown/);
  });

  it("whose running pod is deleted runs again", async () => {
    const { workflow } = compiledDag(dag(1), using);
    const { name } = workflow.metadata;
    await cluster.submit(simulating(workflow, "work", { "orch.dev/simulate": "hang" }));
    const first = await cluster.until(
      async () => (await cluster.pods(name)).find(({ status }) => status?.phase === "Running"),
      "the first pod",
    );
    await cluster.deletePod(first.metadata?.name ?? "");
    // By its uid: a pod that Argo had not yet seen running is made again under its old name.
    const second = await cluster.until(
      async () =>
        (await cluster.pods(name)).find(
          ({ metadata, status }) => metadata?.uid !== first.metadata?.uid && status?.phase === "Running",
        ),
      "another pod",
    );
    expect(second.metadata?.labels?.node_id).toBe("work");
    await cluster.remove(workflow);
  });
});

describe("on the running controller, a custom resource", () => {
  const cluster = new Cluster(inject("kubeconfig"));
  const node = { id: "work", kind: "ray_job", image: "ghcr.io/archetype/trainers:0.8.1", retry: { max_attempts: 1 } };
  const messages = async (name: string) => {
    const state = await cluster.ended(name);
    return { phase: state.phase, messages: attemptsAt(state, "work").map(({ message }) => message) };
  };

  it("that went while nobody waited for it is made again, and the run goes on", async () => {
    const { workflow } = compiledDag({ nodes: [node], edges: [] });
    const { name } = workflow.metadata;
    await cluster.submit(simulatingResources(workflow, { "orch.dev/simulate-duration": "3s" }));
    const waiter = await cluster.until(async () => {
      const job = await cluster.read("ray.io/v1", "RayJob", `${name}-work`).catch(() => undefined);
      const [pod] = await cluster.pods(name);
      return job !== undefined && pod?.status?.phase === "Running" ? pod : undefined;
    }, "the RayJob and its waiter");
    await cluster.deletePod(waiter.metadata?.name ?? "");
    await cluster.delete("ray.io/v1", "RayJob", `${name}-work`);
    expect(await messages(name)).toEqual({
      phase: "Succeeded",
      messages: [
        expect.stringContaining("exit code 143"),
        expect.stringMatching(/^main: Error \(exit code 64\): no more retries Error from server \(NotFound\)/),
        undefined,
      ],
    });
    await cluster.remove(workflow);
  });

  it("that is there already, since Argo lost sight of who made it, is waited for as it is", async () => {
    const { workflow } = compiledDag({ nodes: [node], edges: [] });
    const { name } = workflow.metadata;
    const [manifest = ""] = workflow.spec.templates.flatMap(({ resource }) => resource?.manifest ?? []);
    const made = JSON.parse(manifest.replaceAll(/\{\{=.*?\}\}/g, "spot"));
    delete made.metadata.ownerReferences;
    await cluster.create(made);
    await cluster.submit(workflow);
    expect(await messages(name)).toEqual({
      phase: "Succeeded",
      messages: [
        expect.stringMatching(/^main: Error \(exit code 64\): no more retries Error from server \(AlreadyExists\)/),
        undefined,
      ],
    });
    await cluster.remove(workflow);
    await cluster.delete("ray.io/v1", "RayJob", `${name}-work`);
  });

  it("that fails by itself is not made again when max_attempts is 1", async () => {
    const { workflow } = compiledDag({ nodes: [node], edges: [] });
    const { name } = workflow.metadata;
    await cluster.submit(simulatingResources(workflow, { "orch.dev/simulate": "fail" }));
    expect(await messages(name)).toEqual({
      phase: "Failed",
      messages: [expect.stringContaining("failure condition")],
    });
    await cluster.remove(workflow);
  });
});
