import { CoreV1Api, CustomObjectsApi, type KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";
import type { PlatformProfile } from "../../spec/profile.ts";
import { apiError } from "../kubernetes/api-errors.ts";
import {
  type ClusterNode,
  clusterNode,
  labelled,
  type PodObject,
  pod,
  type WorkflowObject,
  type WorkloadObject,
  workflow,
  workload,
} from "../kubernetes/objects.ts";
import { watchKind } from "../kubernetes/watched.ts";
import { NoSuchRun } from "./no-such-run.ts";
import { type RunSnapshot, snapshot } from "./snapshot.ts";

export interface FollowOptions {
  readonly kubeConfig: KubeConfig;
  /** The team's namespace. */
  readonly namespace: string;
  readonly submissionId: string;
  /** Names pools by flavor where no cluster node tells. */
  readonly profile?: PlatformProfile;
  /** Least time between two snapshots in milliseconds, default 200. */
  readonly intervalMillis?: number;
  /** Ends the iteration without an error. */
  readonly signal?: AbortSignal;
  /** What messages call the cluster. */
  readonly cluster?: string;
}

const WORKFLOWS = { group: "argoproj.io", version: "v1alpha1", plural: "workflows" } as const;
const WORKLOADS = { group: "kueue.x-k8s.io", version: "v1beta2", plural: "workloads" } as const;

/**
 * The states of one run as they change: the first snapshot at once, the last one when the run is over. Pods and workloads that are
 * deleted meanwhile (Argo cleans up) stay in the picture as they were last seen.
 * @throws UserError exit code 2 when the cluster cannot be read, 1 when there is no such run.
 */
export async function* follow(options: FollowOptions): AsyncGenerator<RunSnapshot, void, void> {
  const seen = new Sightings(options);
  try {
    for (;;) {
      await seen.change();
      if (options.signal?.aborted) return;
      const current = seen.snapshot();
      yield current;
      if (current.finished) return;
    }
  } finally {
    seen.close();
  }
}

class Sightings {
  readonly #options: FollowOptions;
  readonly #stops: (() => void)[] = [];
  readonly #pods = new Map<string, PodObject>();
  /** Uid of a pod or a custom resource -> its DAG node; undefined for one of another run. */
  readonly #nodeOfOwner = new Map<string, string | undefined>();
  readonly #workloads = new Map<string, WorkloadObject>();
  readonly #unowned = new Map<string, WorkloadObject>();
  /** All of the namespace, by uid. */
  readonly #neighbours = new Map<string, WorkloadObject>();
  readonly #clusterNodes = new Map<string, ClusterNode>();
  readonly #simulatedResources = new Set<string>();
  #workflow: WorkflowObject | undefined;
  #deleted = false;
  #error: Error | undefined;
  #listed = 0;
  /** Owners being looked up: until they are known the picture has holes. */
  #resolving = 0;
  #changed = false;
  #lastSnapshot = Number.NEGATIVE_INFINITY;
  #wake: (() => void) | undefined;

  constructor(options: FollowOptions) {
    this.#options = options;
    options.signal?.addEventListener("abort", () => this.#touch(), { once: true });
    this.#watch();
  }

  #watch(): void {
    const { kubeConfig, namespace, submissionId } = this.#options;
    const custom = kubeConfig.makeApiClient(CustomObjectsApi);
    const core = kubeConfig.makeApiClient(CoreV1Api);
    const onListed = () => {
      this.#listed += 1;
      this.#touch();
    };
    const onFailed = (error: unknown) =>
      this.#fail(apiError(error, `follow ${submissionId}`, this.#options.cluster ?? "the cluster"));
    const common = { onListed, onFailed };
    const fieldSelector = `metadata.name=${submissionId}`;
    const labelSelector = `workflows.argoproj.io/workflow=${submissionId}`;
    this.#stops.push(
      watchKind(kubeConfig, {
        ...common,
        path: `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/workflows`,
        list: () => custom.listNamespacedCustomObject({ ...WORKFLOWS, namespace, fieldSelector }),
        fieldSelector,
        onObject: (object) => {
          this.#workflow = workflow.parse(object);
          this.#touch();
        },
        onDeleted: () => {
          this.#deleted = true;
          this.#touch();
        },
      }),
      watchKind(kubeConfig, {
        ...common,
        path: `/api/v1/namespaces/${namespace}/pods`,
        list: () => core.listNamespacedPod({ namespace, labelSelector }),
        labelSelector,
        onObject: (object) => this.#onPod(pod.parse(object)),
        optional: true,
      }),
      watchKind(kubeConfig, {
        ...common,
        path: `/apis/kueue.x-k8s.io/v1beta2/namespaces/${namespace}/workloads`,
        list: () => custom.listNamespacedCustomObject({ ...WORKLOADS, namespace }),
        onObject: (object) => {
          const seen = workload.parse(object);
          this.#neighbours.set(seen.metadata.uid, seen);
          this.#onWorkload(seen);
        },
        onDeleted: (object) => this.#neighbours.delete(workload.parse(object).metadata.uid),
        optional: true,
      }),
      watchKind(kubeConfig, {
        ...common,
        path: "/api/v1/nodes",
        list: () => core.listNode(),
        onObject: (object) => {
          const node = clusterNode.parse(object);
          this.#clusterNodes.set(node.metadata.name, node);
        },
        optional: true,
      }),
    );
  }

  #onPod(seen: PodObject): void {
    this.#pods.set(seen.metadata.uid, seen);
    this.#nodeOfOwner.set(seen.metadata.uid, seen.metadata.labels.node_id);
    const waiting = this.#unowned.get(seen.metadata.uid);
    if (waiting) this.#onWorkload(waiting);
    this.#touch();
  }

  /**
   * A workload belongs to a pod of the run, or to a custom resource one of its nodes made. Kueue copies our labels to it, where it is set up
   * to; where it is not, its owner has them.
   */
  #onWorkload(seen: WorkloadObject): void {
    const { labels, ownerReferences } = seen.metadata;
    const owner = ownerReferences[0];
    if (owner === undefined) return;
    if (labels.submission_id !== undefined && labels.node_id !== undefined) {
      if (labels.submission_id !== this.#options.submissionId) return;
      this.#workloads.set(labels.node_id, seen);
      this.#touch();
      // Only the custom resource itself says that it is simulated.
      if (owner.kind !== "Pod" && !this.#nodeOfOwner.has(owner.uid)) void this.#resolveOwner(owner);
      return;
    }
    if (!this.#nodeOfOwner.has(owner.uid)) {
      this.#unowned.set(owner.uid, seen);
      if (owner.kind !== "Pod") void this.#resolveOwner(owner);
      return;
    }
    this.#unowned.delete(owner.uid);
    const node = this.#nodeOfOwner.get(owner.uid);
    if (node === undefined) return;
    this.#workloads.set(node, seen);
    this.#touch();
  }

  async #resolveOwner(owner: { apiVersion: string; kind: string; name: string; uid: string }): Promise<void> {
    const { kubeConfig, namespace, submissionId } = this.#options;
    this.#nodeOfOwner.set(owner.uid, undefined);
    this.#resolving += 1;
    try {
      const api = KubernetesObjectApi.makeApiClient(kubeConfig);
      const object = await api.read({
        apiVersion: owner.apiVersion,
        kind: owner.kind,
        metadata: { name: owner.name, namespace },
      });
      const { labels } = labelled.parse(object).metadata;
      if (labels.submission_id !== submissionId) return;
      const node = labels.node_id;
      this.#nodeOfOwner.set(owner.uid, node);
      if (node !== undefined && labels["orch.dev/simulated"] === "true") this.#simulatedResources.add(node);
      const waiting = this.#unowned.get(owner.uid);
      if (waiting) this.#onWorkload(waiting);
    } catch {
      // Gone already, or not ours to read: the node is shown without its queue.
    } finally {
      this.#resolving -= 1;
      this.#touch();
    }
  }

  #touch(): void {
    this.#changed = true;
    this.#wake?.();
  }

  #fail(error: Error): void {
    this.#error = error;
    this.#touch();
  }

  /** Resolves when there is something new to show and the last snapshot is old enough. */
  async change(): Promise<void> {
    const interval = this.#options.intervalMillis ?? 200;
    for (;;) {
      if (this.#error) throw this.#error;
      if (this.#options.signal?.aborted) return;
      const rest = this.#lastSnapshot + interval - performance.now();
      const ready = this.#changed && this.#listed >= this.#stops.length && this.#resolving === 0;
      if (ready && rest <= 0) return;
      await new Promise<void>((resolve) => {
        const timer = ready ? setTimeout(resolve, rest) : undefined;
        this.#wake = () => {
          if (ready && !this.#error && !this.#options.signal?.aborted) return;
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  snapshot(): RunSnapshot {
    const { namespace, submissionId, profile } = this.#options;
    if (this.#workflow === undefined) throw new NoSuchRun(submissionId, namespace);
    this.#changed = false;
    this.#lastSnapshot = performance.now();
    const current = snapshot({
      namespace,
      workflow: this.#workflow,
      pods: this.#pods.values(),
      workloads: this.#workloads,
      neighbours: this.#neighbours.values(),
      clusterNodes: this.#clusterNodes,
      simulatedResources: this.#simulatedResources,
      profile,
      now: new Date(),
    });
    return this.#deleted && !current.finished ? { ...current, phase: "Deleted", finished: true } : current;
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }
}
