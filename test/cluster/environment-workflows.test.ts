import { readdirSync, readFileSync } from "node:fs";
import type { KubernetesObject, V1Pod } from "@kubernetes/client-node";
import { describe, expect, inject, test } from "vitest";
import { TestCluster } from "./environment-objects.ts";

const TEAM = "team-research";
const cluster = new TestCluster(inject("kubeconfig"));
/** Names no other environment of this host and no other test has. */
const unique = (name: string): string => `${name}-${process.pid}`;
const ENDLESS = unique("cancelled");

interface WorkflowStatus {
  phase?: string;
  nodes?: Record<string, { type: string; displayName: string; phase: string; message?: string; hostNodeName?: string }>;
}

function workflow(name: string, templates: object[]): KubernetesObject & { spec: object } {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name, namespace: TEAM },
    spec: {
      entrypoint: "main",
      serviceAccountName: "argo-workflow",
      automountServiceAccountToken: false,
      executor: { serviceAccountName: "argo-executor" },
      templates,
    },
  };
}

function container(name: string, more: object = {}): object {
  return {
    name,
    metadata: { labels: { "kueue.x-k8s.io/queue-name": "cpu" } },
    container: { image: "example/task:1", command: ["run"], resources: { requests: { cpu: "1", memory: "1Gi" } } },
    ...more,
  };
}

function resource(name: string, manifest: object, conditions: object): object {
  return {
    name,
    resource: { action: "create", setOwnerReference: true, manifest: JSON.stringify(manifest), ...conditions },
  };
}

async function finished(name: string): Promise<WorkflowStatus> {
  return cluster.eventually(async () => {
    const { status } = (await cluster.read("argoproj.io/v1alpha1", "Workflow", TEAM, name)) as {
      status?: WorkflowStatus;
    };
    if (!["Succeeded", "Failed", "Error"].includes(status?.phase ?? "")) {
      throw new Error(`${name} is ${JSON.stringify(status?.nodes)}`);
    }
    return status ?? {};
  }, 90_000);
}

async function podsOf(name: string): Promise<V1Pod[]> {
  const list = await cluster.api.list<V1Pod>(
    "v1",
    "Pod",
    TEAM,
    undefined,
    undefined,
    undefined,
    undefined,
    `workflows.argoproj.io/workflow=${name}`,
  );
  return list.items;
}

interface Workload extends KubernetesObject {
  status?: { conditions?: { type: string; status: string }[] };
}

/** Whether Kueue gave quota to the job of this name. */
async function admitted(job: string): Promise<boolean> {
  const { items } = await cluster.api.list<Workload>("kueue.x-k8s.io/v1beta2", "Workload", TEAM);
  const workload = items.find(({ metadata }) => metadata?.ownerReferences?.some(({ name }) => name === job));
  return workload?.status?.conditions?.some(({ type, status }) => type === "Admitted" && status === "True") ?? false;
}

function outcomes({ nodes = {} }: WorkflowStatus): Record<string, string> {
  return Object.fromEntries(
    Object.values(nodes)
      .filter(({ type }) => type === "Pod")
      .map(({ displayName, phase }) => [displayName, phase]),
  );
}

describe("a Workflow", () => {
  test("of three steps runs to its end under Kueue, and its pods say they were simulated", async () => {
    const tasks = ["a", "b", "c"].map((name, index, names) => ({
      name,
      template: "step",
      dependencies: index === 0 ? [] : [names[index - 1]],
    }));
    await cluster.create(workflow(unique("three-steps"), [{ name: "main", dag: { tasks } }, container("step")]));
    const status = await finished(unique("three-steps"));
    expect(outcomes(status)).toEqual({ a: "Succeeded", b: "Succeeded", c: "Succeeded" });
    for (const pod of await podsOf(unique("three-steps"))) {
      expect(pod.spec?.nodeName).toMatch(/^cpu-/);
      expect(pod.metadata?.labels?.["kueue.x-k8s.io/managed"]).toBe("true");
      expect(pod.status?.message).toMatch(/^simulated/);
    }
  });

  test("fails where a task is told to fail, and says the exit code", async () => {
    const failing = container("step", {
      metadata: { labels: { "kueue.x-k8s.io/queue-name": "cpu" }, annotations: { "orch.dev/simulate": "fail" } },
    });
    await cluster.create(
      workflow(unique("failing"), [{ name: "main", dag: { tasks: [{ name: "a", template: "step" }] } }, failing]),
    );
    const status = await finished(unique("failing"));
    expect(status.phase).toBe("Failed");
    expect(outcomes(status)).toEqual({ a: "Failed" });
  });
});

describe("a resource template", () => {
  test("may do only what the executor's service account may", async () => {
    const manifest = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "forbidden" } };
    await cluster.create(
      workflow(unique("oversteps"), [
        { name: "main", dag: { tasks: [{ name: "make", template: "make" }] } },
        resource("make", manifest, {}),
      ]),
    );
    const status = await finished(unique("oversteps"));
    expect(status.phase).toBe("Failed");
    const message = Object.values(status.nodes ?? {}).find(({ type }) => type === "Pod")?.message;
    expect(message).toContain(
      'User "system:serviceaccount:team-research:argo-executor" cannot create resource "configmaps"',
    );
    await expect(cluster.read("v1", "ConfigMap", TEAM, "forbidden")).rejects.toThrow(/404/);
  });

  test("creates its RayJob for real and waits for it; Kueue admits it, its status is simulated and says so", async () => {
    await cluster.create(
      workflow(unique("trains"), [
        { name: "main", dag: { tasks: [{ name: "train", template: "train" }] } },
        resource("train", RAY_JOB, {
          successCondition: "status.jobStatus == SUCCEEDED",
          failureCondition: "status.jobStatus in (FAILED,STOPPED)",
        }),
      ]),
    );
    expect(outcomes(await finished(unique("trains")))).toEqual({ train: "Succeeded" });
    const job = (await cluster.read("ray.io/v1", "RayJob", TEAM, RAY_JOB.metadata.name)) as {
      metadata: { labels: Record<string, string> };
      status: { message: string };
    };
    expect(await admitted(RAY_JOB.metadata.name)).toBe(true);
    expect(job.status.message).toMatch(/^simulated/);
    expect(job.metadata.labels["orch.dev/simulated"]).toBe("true");
    const [pod] = await podsOf(unique("trains"));
    expect(pod?.metadata?.annotations?.["orch.dev/executed"]).toBe("process");
    expect(pod?.status?.message).toBe("executed for real");
  });

  test("ends with its pod when the Workflow is stopped, and leaves no process", async () => {
    const endless = {
      ...RAY_JOB,
      metadata: { ...RAY_JOB.metadata, name: unique("endless"), annotations: { "orch.dev/simulate": "hang" } },
    };
    await cluster.create(
      workflow(ENDLESS, [
        { name: "main", dag: { tasks: [{ name: "train", template: "train" }] } },
        resource("train", endless, { successCondition: "status.jobStatus == SUCCEEDED" }),
      ]),
    );
    await cluster.eventually(async () => {
      await cluster.read("ray.io/v1", "RayJob", TEAM, unique("endless"));
      expect(argoexecs()).toHaveLength(1);
    });
    await cluster.merge({ ...workflow(ENDLESS, []), spec: { shutdown: "Terminate" } });
    expect((await finished(ENDLESS)).phase).toBe("Failed");
    await cluster.eventually(async () => expect(argoexecs()).toEqual([]));
  });
});

/** Executors of this file's endless job that run now: another environment of this host may have some of its own. */
function argoexecs(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        const ours = readFileSync(`/proc/${pid}/environ`, "utf8").includes(`\0ARGO_WORKFLOW_NAME=${ENDLESS}\0`);
        return ours && line.startsWith("/var/run/argo/argoexec resource") ? [line] : [];
      } catch {
        return [];
      }
    });
}

const RAY_POD = {
  spec: {
    containers: [{ name: "ray", image: "example/ray:1", resources: { requests: { cpu: "1", memory: "1Gi" } } }],
  },
};
const RAY_JOB = {
  apiVersion: "ray.io/v1",
  kind: "RayJob",
  metadata: { name: unique("train"), labels: { "kueue.x-k8s.io/queue-name": "cpu" } },
  spec: {
    entrypoint: "python train.py",
    shutdownAfterJobFinishes: true,
    rayClusterSpec: {
      headGroupSpec: { rayStartParams: {}, template: RAY_POD },
      workerGroupSpecs: [
        { groupName: "workers", replicas: 1, minReplicas: 1, maxReplicas: 1, rayStartParams: {}, template: RAY_POD },
      ],
    },
  },
};
