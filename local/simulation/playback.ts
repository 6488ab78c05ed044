import { setTimeout as delay } from "node:timers/promises";
import { CoreV1Api, CustomObjectsApi, type KubeConfig } from "@kubernetes/client-node";
import { z } from "zod";
import { planNamespaceLabels } from "../../components/security/namespace.ts";
import { EXECUTOR_ACCOUNT, WORKFLOW_ACCOUNT } from "../../components/workflow/constants.ts";
import { ArgoWorkflows, Connection, httpStatus } from "../../submission/service/kubernetes/index.ts";
import { watchKind } from "../../submission/service/kubernetes/watched.ts";
import type { SimulatedNode } from "../cluster/index.ts";
import { Machines } from "./machines.ts";
import type { ClusterObject, Policy, QueueOwner } from "./policy.ts";
import { type Attempt, Recorder } from "./recorder.ts";
import { simulationProfile } from "./teams.ts";
import type { Trace } from "./trace.ts";
import { compileArrival, manifest } from "./workflow.ts";

export interface PlaybackOptions {
  readonly kubeConfig: KubeConfig;
  readonly trace: Trace;
  readonly policy: Policy;
  /** Before the names of teams and DAGs; unused on this environment so far. */
  readonly prefix: string;
  readonly owners: readonly QueueOwner[];
  readonly machines: readonly SimulatedNode[];
  /** Seconds of the trace in one second. */
  readonly scale: number;
  /** Minutes of the trace after its last arrival, when what has not ended is left. */
  readonly drainMinutes: number;
  /** Aborts it: nothing more is created. */
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress {
  /** Minutes of the trace. */
  readonly minute: number;
  readonly arrived: number;
  readonly finished: number;
  readonly waiting: number;
  readonly running: number;
}

/** What was seen of one playback. Times are milliseconds of the simulation's clock. */
export interface Observed {
  readonly policy: string;
  readonly scale: number;
  readonly attempts: readonly Attempt[];
  readonly dags: readonly DagEnd[];
  /** Messages of Kueue's about work that gave way. */
  readonly preemptions: readonly string[];
  readonly endedAt: number;
  /** How late the latest DAG was created, against the trace. */
  readonly latestMillis: number;
}

export interface DagEnd {
  readonly submission: string;
  readonly succeeded: boolean;
  readonly endedAt: number;
}

const PROGRESS_MILLIS = 10_000;

/**
 * Plays a trace on an environment. Workflows are created at the API server directly, by the submission service's own client: what is
 * measured is the schedule, not the service.
 */
export async function play(options: PlaybackOptions): Promise<Observed> {
  const { kubeConfig, trace, policy, owners, prefix, scale, signal } = options;
  const connection = new Connection(kubeConfig);
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const custom = kubeConfig.makeApiClient(CustomObjectsApi);
  await makeTeams(core, custom, owners, policy);
  const profile = simulationProfile(owners);
  // Before the clock starts: compiling would make the first of a burst late.
  const arrivals = trace.arrivals.map((arrival) => {
    const workflow = compileArrival(arrival, { profile, prefix, scale });
    return { at: arrival.at, namespace: workflow.metadata.namespace, ...manifest(policy.workflow(workflow)) };
  });
  const [first] = owners;
  if (first === undefined) throw new Error("a simulation without teams");
  const namespaces = [first.namespace, ...owners.slice(1).map(({ namespace }) => namespace)] as const;
  const workflows = new ArgoWorkflows({ connection, namespaces });
  const machines = new Machines({ core, connection, machines: options.machines, namespaces });

  const began = performance.now();
  const now = () => performance.now() - began;
  const recorder = new Recorder(now);
  const dags = new Map<string, DagEnd>();
  const watching = await watch({ kubeConfig, core, custom, namespaces, recorder, dags, now });

  const clock = { millis: (minute: number) => (minute * 60_000) / scale };
  const until = (minute: number) => delay(Math.max(0, clock.millis(minute) - now()), undefined, { signal });
  let arrived = 0;
  let latestMillis = 0;
  const submit = async () => {
    for (const { at, namespace, text, digest } of arrivals) {
      await until(at);
      latestMillis = Math.max(latestMillis, now() - clock.millis(at));
      await workflows.create(namespace, text, digest);
      arrived += 1;
    }
  };
  const interrupt = async ({ at, nodes, backAt }: Trace["interruptions"][number]) => {
    await until(at);
    await machines.takeBack(nodes);
    await until(backAt);
    await machines.replace(nodes);
  };
  const report = setInterval(() => {
    const open = recorder.attempts.filter(({ outcome }) => outcome === undefined);
    const running = open.filter(({ startedAt }) => startedAt !== undefined).length;
    const minute = (now() * scale) / 60_000;
    options.onProgress?.({ minute, arrived, finished: dags.size, waiting: open.length - running, running });
  }, PROGRESS_MILLIS);
  try {
    const work = Promise.all([submit(), ...trace.interruptions.map(interrupt)]);
    await Promise.race([work, watching.failed]);
    const deadline = clock.millis(trace.minutes + options.drainMinutes);
    while (dags.size < arrivals.length && now() < deadline) {
      await Promise.race([delay(200, undefined, { signal }), watching.failed]);
    }
    const endedAt = now();
    const preemptions = await preempted(core, connection, namespaces);
    return {
      policy: policy.name,
      scale,
      attempts: recorder.attempts,
      dags: [...dags.values()],
      preemptions,
      endedAt,
      latestMillis,
    };
  } finally {
    clearInterval(report);
    watching.stop();
    await connection.close();
  }
}

/** Namespace, accounts and queues of each team: what its stack makes, as far as the schedule depends on it. */
async function makeTeams(
  core: CoreV1Api,
  custom: CustomObjectsApi,
  owners: readonly QueueOwner[],
  policy: Policy,
): Promise<void> {
  for (const owner of owners) {
    const { name, namespace } = owner;
    await core.createNamespace({
      body: { metadata: { name: namespace, labels: planNamespaceLabels({ team: name }) } },
    });
    for (const account of [WORKFLOW_ACCOUNT, EXECUTOR_ACCOUNT]) {
      await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: account, namespace } } });
    }
    for (const object of policy.queueObjects(owner)) await makeQueueObject(custom, object);
  }
}

async function makeQueueObject(custom: CustomObjectsApi, body: ClusterObject): Promise<void> {
  const [group = "", version = ""] = body.apiVersion.split("/");
  const place = { group, version, plural: `${body.kind.toLowerCase()}s`, body };
  const { namespace } = body.metadata;
  try {
    if (namespace === undefined) await custom.createClusterCustomObject(place);
    else await custom.createNamespacedCustomObject({ ...place, namespace });
  } catch (error) {
    // A flavor that all teams share.
    if (httpStatus(error) !== 409) throw error;
  }
}

interface Watching {
  readonly stop: () => void;
  /** Rejects when something can no longer be seen. */
  readonly failed: Promise<never>;
}

const ended = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string() }),
  status: z.object({ phase: z.string().optional() }).default({}),
});

async function watch(what: {
  kubeConfig: KubeConfig;
  core: CoreV1Api;
  custom: CustomObjectsApi;
  namespaces: readonly string[];
  recorder: Recorder;
  dags: Map<string, DagEnd>;
  now: () => number;
}): Promise<Watching> {
  const { kubeConfig, core, custom, namespaces, recorder, dags, now } = what;
  const stops: (() => void)[] = [];
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // Whoever waits for it is told; until somebody does, it is no unhandled rejection.
  failed.catch(() => undefined);
  const listed = namespaces.flatMap((namespace) => [
    new Promise<void>((resolve) => {
      const stop = watchKind(kubeConfig, {
        path: `/api/v1/namespaces/${namespace}/pods`,
        list: () => core.listNamespacedPod({ namespace }),
        onObject: (object) => recorder.seen(object),
        onDeleted: (object) => recorder.deleted(object),
        onListed: resolve,
        onFailed: fail,
      });
      stops.push(stop);
    }),
    new Promise<void>((resolve) => {
      const place = { group: "argoproj.io", version: "v1alpha1", plural: "workflows", namespace };
      const labelSelector = "workflows.argoproj.io/completed=true";
      const stop = watchKind(kubeConfig, {
        path: `/apis/${place.group}/${place.version}/namespaces/${namespace}/${place.plural}`,
        list: () => custom.listNamespacedCustomObject({ ...place, labelSelector }),
        labelSelector,
        onObject: (object) => {
          const { metadata, status } = ended.parse(object);
          if (dags.has(metadata.name)) return;
          dags.set(metadata.name, {
            submission: metadata.name,
            succeeded: status.phase === "Succeeded",
            endedAt: now(),
          });
        },
        onListed: resolve,
        onFailed: fail,
      });
      stops.push(stop);
    }),
  ]);
  await Promise.race([Promise.all(listed), failed]);
  const stop = () => {
    for (const each of stops) each();
  };
  return { stop, failed };
}

/** Work that gave way, in Kueue's words; one event for each time. */
async function preempted(core: CoreV1Api, connection: Connection, namespaces: readonly string[]): Promise<string[]> {
  const lists = await Promise.all(
    namespaces.map((namespace) =>
      core.listNamespacedEvent({ namespace, fieldSelector: "reason=Preempted" }, connection.request()),
    ),
  );
  return lists.flatMap(({ items }) =>
    items
      .filter(({ involvedObject }) => involvedObject.kind === "Workload")
      .flatMap(({ message = "", count = 1 }) => Array<string>(count).fill(message)),
  );
}
