import type { V1Pod } from "@kubernetes/client-node";
import { reasonOf } from "../installation/apply.ts";
import type { ClusterAccess } from "./cluster-access.ts";
import { Execution, type Isolation } from "./execution.ts";
import { endedStatus, type Outcome, runningStatus } from "./pod-status.ts";
import { type ResourcePod, resourcePod } from "./resource-pod.ts";

export interface RunnerOptions {
  readonly argoexec: string;
  readonly folder: string;
  readonly logs: string;
  /** Executions at once; the others wait as Pending. */
  readonly concurrency: number;
  /** Undefined where the host allows none: then every resource template fails and says why. */
  readonly isolation: Isolation | undefined;
}

interface Task {
  readonly resource: ResourcePod;
  pod: V1Pod;
  execution?: Execution;
  /** What to end with, set before the process exists. */
  cancelled?: Outcome;
}

const DELETED: Outcome = { exitCode: 143, message: "the pod was deleted" };
const LOST: Outcome = {
  exitCode: 137,
  reason: "Terminated",
  message: "Pod was terminated in response to imminent node shutdown.",
};

/** The kubelet of resource templates: sees their pods, executes each once, reports, and ends what is deleted. */
export class ResourceRunner {
  readonly #access: ClusterAccess;
  readonly #options: RunnerOptions;
  readonly #tasks = new Map<string, Task>();
  /** Reported and done with: a version of the pod from before the report may still arrive. */
  readonly #done = new Set<string>();
  readonly #queue: Task[] = [];
  #active = 0;

  constructor(access: ClusterAccess, options: RunnerOptions) {
    this.#access = access;
    this.#options = options;
  }

  /** Called with every version of every pod. */
  see(pod: V1Pod): void {
    const resource = resourcePod(pod);
    if (!resource || !pod.spec?.nodeName) return;
    const task = this.#tasks.get(resource.uid);
    const phase = pod.status?.phase ?? "Pending";
    const ended = phase === "Succeeded" || phase === "Failed";
    if (pod.metadata?.deletionTimestamp) {
      if (task) this.#cancel(task, DELETED);
      else this.#finish({ resource, pod }, ended ? undefined : DELETED, new Date());
    } else if (task) {
      task.pod = pod;
    } else if (this.#done.has(resource.uid)) {
      return;
    } else if (phase === "Pending") {
      this.#enqueue({ resource, pod });
    } else if (!ended) {
      // It ran under a runner that is gone, and its process with it.
      this.#finish({ resource, pod }, LOST, new Date());
    }
  }

  /** The pod is no more, whoever removed it. */
  forget(uid: string): void {
    this.#done.delete(uid);
    const task = this.#tasks.get(uid);
    if (task) this.#cancel(task, DELETED);
  }

  #enqueue(task: Task): void {
    this.#tasks.set(task.resource.uid, task);
    this.#queue.push(task);
    this.#next();
  }

  #next(): void {
    while (this.#active < this.#options.concurrency) {
      const task = this.#queue.shift();
      if (!task) return;
      this.#active++;
      void this.#run(task).finally(() => {
        this.#active--;
        this.#next();
      });
    }
  }

  #cancel(task: Task, outcome: Outcome): void {
    if (task.cancelled) return;
    task.cancelled = outcome;
    task.execution?.end(outcome);
  }

  async #run(task: Task): Promise<void> {
    const startedAt = new Date();
    let outcome: Outcome;
    try {
      outcome = task.cancelled ?? (await this.#execute(task, startedAt));
    } catch (error) {
      outcome = { exitCode: 1, message: `the resource template was not executed: ${reasonOf(error)}` };
    }
    console.log(new Date().toISOString(), `${task.resource.namespace}/${task.resource.name}`, JSON.stringify(outcome));
    await this.#finish(task, outcome, startedAt);
  }

  async #execute(task: Task, startedAt: Date): Promise<Outcome> {
    const { resource } = task;
    const { isolation } = this.#options;
    if (!isolation) {
      throw new Error("this host allows no mount namespace (unshare --mount), which argoexec's fixed paths need");
    }
    const [kubeconfig, template] = await Promise.all([
      this.#access.kubeconfigFor(resource),
      resource.templateOffloaded ? this.#access.offloadedTemplate(resource) : undefined,
      this.#access.patchStatus(resource, runningStatus(task.pod, startedAt)),
    ]);
    if (task.cancelled) return task.cancelled;
    const execution = new Execution(resource, { ...this.#options, isolation, kubeconfig, template });
    task.execution = execution;
    const deadline = this.#watchDeadline(task);
    const outcome = await execution.finished;
    clearTimeout(deadline);
    return outcome;
  }

  #watchDeadline(task: Task): NodeJS.Timeout | undefined {
    const { deadlineSeconds } = task.resource;
    if (deadlineSeconds === undefined) return undefined;
    // Timers count no further than 2^31 milliseconds.
    return setTimeout(
      () =>
        this.#cancel(task, {
          exitCode: 143,
          reason: "DeadlineExceeded",
          message: "Pod was active on the node longer than the specified deadline",
        }),
      Math.min(deadlineSeconds * 1000, 2 ** 31 - 1),
    );
  }

  /** Without an outcome the pod has ended already and only has to go. */
  async #finish(task: Task, outcome: Outcome | undefined, startedAt: Date): Promise<void> {
    const { resource } = task;
    try {
      if (outcome) await this.#access.patchStatus(resource, endedStatus(task.pod, outcome, startedAt, new Date()));
      if (task.cancelled === DELETED || task.pod.metadata?.deletionTimestamp) await this.#access.letGo(resource);
    } catch (error) {
      console.error(new Date().toISOString(), `${resource.namespace}/${resource.name}`, reasonOf(error));
    } finally {
      this.#tasks.delete(resource.uid);
      this.#done.add(resource.uid);
    }
  }
}
