import { setTimeout as delay } from "node:timers/promises";
import { CoreV1Api, CustomObjectsApi, KubeConfig, type V1Pod } from "@kubernetes/client-node";
import { z } from "zod";
import { TEAM_LABEL } from "../../components/security/constants.ts";
import { KUEUE_API } from "../../components/workflow/kueue.ts";
import {
  type ClusterQueueSpec,
  perQueue,
  planTeamQueues,
  type Quota,
  type TeamShare,
  type WorkClass,
} from "../../components/workflow/queues.ts";
import { POD_SECURITY } from "../../submission/compile/pod-security.ts";
import type { Template } from "../../submission/compile/workflow.ts";
import { localProfile, type PlatformProfile, type Team } from "../../submission/spec/index.ts";
import { compiledDag, NAMESPACE } from "./compile-cluster.ts";

/** As much of a Workload as is looked at. */
const workload = z.object({
  metadata: z.object({
    name: z.string(),
    ownerReferences: z.array(z.object({ kind: z.string(), name: z.string(), uid: z.string() })).default([]),
  }),
  spec: z.object({ queueName: z.string().default("") }),
  status: z
    .object({
      admission: z
        .object({
          podSetAssignments: z.array(
            z.object({
              name: z.string(),
              flavors: z.record(z.string(), z.string()).default({}),
              resourceUsage: z.record(z.string(), z.string()).default({}),
            }),
          ),
        })
        .optional(),
      conditions: z
        .array(
          z.object({
            type: z.string(),
            status: z.string(),
            reason: z.string().default(""),
            message: z.string().default(""),
          }),
        )
        .default([]),
    })
    .default({ conditions: [] }),
});
export type WorkloadSeen = z.infer<typeof workload>;
const workloads = z.object({ items: z.array(workload) });
const queueSeen = z.object({
  status: z.object({ pendingWorkloads: z.number().default(0), admittedWorkloads: z.number().default(0) }).default({
    pendingWorkloads: 0,
    admittedWorkloads: 0,
  }),
});

/** Changes a queue as the platform plans it: what it is like without one of its rules. */
export type Without = (spec: ClusterQueueSpec) => object;
export const asPlanned: Without = (spec) => spec;

/** Cores and GPUs, with memory that never is what is short. */
export const quota = (cpu: number, gpu = 0): Quota => ({ cpu, memory: 1000, gpu });

export interface Job {
  readonly cpu?: number;
  readonly gpu?: number;
  /** Slices of GPUs instead of whole ones. */
  readonly gpuSlice?: string;
  readonly qos?: "spot_ok" | "on_demand" | "latency_critical";
  readonly priority?: "low" | "normal" | "high" | "critical";
}

/** A team of a test, with queues of its own on the environment's Kueue. */
export interface TestTeam {
  readonly name: string;
  readonly namespace: string;
  readonly profile: PlatformProfile;
}

let number = 0;

export class SchedulingCluster {
  readonly #core: CoreV1Api;
  readonly #custom: CustomObjectsApi;
  readonly #made: (() => Promise<unknown>)[] = [];

  constructor(kubeconfig: string) {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    this.#core = config.makeApiClient(CoreV1Api);
    this.#custom = config.makeApiClient(CustomObjectsApi);
  }

  /** Teams that share one cohort, which no other test is in; their queues are what `planTeamQueues` plans. */
  async teams<Name extends string>(
    shares: Readonly<Record<Name, TeamShare>>,
    without: Without = asPlanned,
  ): Promise<Record<Name, TestTeam>> {
    const cohort = `test-${Date.now().toString(36)}-${++number}`;
    const names = Object.keys(shares) as Name[];
    const made = await Promise.all(names.map((name) => this.#team(`${cohort}-${name}`, cohort, shares[name], without)));
    return Object.fromEntries(names.map((name, i) => [name, made[i]])) as Record<Name, TestTeam>;
  }

  async #team(name: string, cohort: string, share: TeamShare, without: Without): Promise<TestTeam> {
    const namespace = `team-${name}`;
    await this.#core.createNamespace({ body: { metadata: { name: namespace, labels: { [TEAM_LABEL]: name } } } });
    this.#made.push(() => this.#core.deleteNamespace({ name: namespace }));
    await this.#queues(name, cohort, namespace, share, without);
    return { name, namespace, profile: profileWith(name, { namespace }) };
  }

  /** Takes away what was made: a queue that keeps its order asks Kueue without end about the one that stands before it. */
  async clear(): Promise<void> {
    for (const each of this.#made.splice(0)) await each();
  }

  /** Queues for DAGs: in the namespace of the team `research`, which has the accounts they run under, but with this quota alone. */
  async queuesForDags(share: TeamShare): Promise<TestTeam> {
    const name = `test-${Date.now().toString(36)}-${++number}`;
    const queues = await this.#queues(name, name, NAMESPACE, share, asPlanned, `${name}-`);
    return { name, namespace: NAMESPACE, profile: profileWith("research", { queues }) };
  }

  async #queues(
    name: string,
    cohort: string,
    namespace: string,
    share: TeamShare,
    without: Without,
    prefix = "",
  ): Promise<Team["queues"]> {
    for (const queue of Object.values(planTeamQueues(name, namespace, share))) {
      await this.#custom.createClusterCustomObject({
        ...kueue("clusterqueues"),
        body: {
          apiVersion: KUEUE_API,
          kind: "ClusterQueue",
          metadata: { name: queue.name },
          spec: without({ ...queue.spec, cohortName: cohort }),
        },
      });
      const local = `${prefix}${queue.localQueue}`;
      this.#made.push(
        () => this.#custom.deleteNamespacedCustomObject({ ...kueue("localqueues"), namespace, name: local }),
        () => this.#custom.deleteClusterCustomObject({ ...kueue("clusterqueues"), name: queue.name }),
      );
      await this.#custom.createNamespacedCustomObject({
        ...kueue("localqueues"),
        namespace,
        body: {
          apiVersion: KUEUE_API,
          kind: "LocalQueue",
          metadata: { name: local, namespace },
          spec: { clusterQueue: queue.name },
        },
      });
    }
    return perQueue(share, (workClass) => `${prefix}${workClass}`);
  }

  /**
   * One pod as the compiler makes it, that runs until it is deleted.
   *
   * @param queue the LocalQueue it goes to. Default: the one of its class
   */
  async run(team: TestTeam, job: Job, queue?: WorkClass): Promise<V1Pod> {
    const body = podOf(templateOf(team, job));
    if (queue !== undefined) body.metadata = { ...body.metadata, labels: { ...body.metadata?.labels, [QUEUE]: queue } };
    return this.#core.createNamespacedPod({ namespace: team.namespace, body });
  }

  /** A pod of a template, beside Kueue, that runs until it is deleted. */
  async start(namespace: string, { metadata, spec }: { metadata: object; spec: object }): Promise<V1Pod> {
    const pod = {
      metadata: { ...metadata, generateName: "work-", annotations: HANGS },
      spec: { ...spec, restartPolicy: "Never", serviceAccountName: "default" },
    };
    return this.#core.createNamespacedPod({ namespace, body: JSON.parse(JSON.stringify(pod)) });
  }

  async zoneOf(machine: string): Promise<string | undefined> {
    const { metadata } = await this.#core.readNode({ name: machine });
    return metadata?.labels?.["topology.kubernetes.io/zone"];
  }

  async end({ metadata }: V1Pod): Promise<void> {
    await this.#core.deleteNamespacedPod({
      name: metadata?.name ?? "",
      namespace: metadata?.namespace ?? "",
      gracePeriodSeconds: 0,
    });
  }

  async workloads(namespace: string): Promise<readonly WorkloadSeen[]> {
    return workloads.parse(await this.#custom.listNamespacedCustomObject({ ...kueue("workloads"), namespace })).items;
  }

  async workloadOf({ metadata }: V1Pod): Promise<WorkloadSeen | undefined> {
    const all = await this.workloads(metadata?.namespace ?? "");
    return all.find((each) => each.metadata.ownerReferences.some(({ uid }) => uid === metadata?.uid));
  }

  /** The flavor a pod is admitted with, once it is. */
  async admitted(pod: V1Pod): Promise<string> {
    const found = await this.until(async () => {
      const seen = await this.workloadOf(pod);
      return isTrue(seen, "Admitted") ? seen : undefined;
    }, `admission of ${pod.metadata?.name}`);
    return found.status.admission?.podSetAssignments[0]?.flavors.cpu ?? "";
  }

  /** Why Kueue holds a pod back, once it has looked at it and does. */
  async heldBack(pod: V1Pod): Promise<string> {
    return this.until(async () => {
      const seen = await this.workloadOf(pod);
      const reserved = seen?.status.conditions.find(({ type }) => type === "QuotaReserved");
      return reserved?.status === "False" ? reserved.message : undefined;
    }, `a reason to hold ${pod.metadata?.name} back`);
  }

  /** Whose job gave way in a namespace and why, as Kueue reports it, once one did. Its Workload goes with its pod. */
  async preempted(namespace: string, pod?: V1Pod): Promise<string> {
    return this.until(async () => {
      const { items } = await this.#core.listNamespacedEvent({ namespace, fieldSelector: "reason=Preempted" });
      return items.find(
        ({ involvedObject: { kind, name } }) =>
          kind === "Workload" && (pod === undefined || name?.startsWith(`pod-${pod.metadata?.name}-`)),
      )?.message;
    }, `a preemption in ${namespace}`);
  }

  /** The machine a pod runs on, once it does. */
  async running({ metadata }: V1Pod): Promise<string> {
    return this.until(async () => {
      const pod = await this.#core.readNamespacedPod({
        name: metadata?.name ?? "",
        namespace: metadata?.namespace ?? "",
      });
      return pod.status?.phase === "Running" ? pod.spec?.nodeName : undefined;
    }, `a machine for ${metadata?.name}`);
  }

  /** Until so many workloads wait in a team's queue. */
  async queued(team: TestTeam, workClass: WorkClass, count: number): Promise<void> {
    const name = `${team.name}-${workClass}`;
    await this.until(async () => {
      const { status } = queueSeen.parse(
        await this.#custom.getClusterCustomObject({ ...kueue("clusterqueues"), name }),
      );
      return status.pendingWorkloads === count ? true : undefined;
    }, `${count} in queue ${name}`);
  }

  async deleteNodes(labelSelector: string): Promise<void> {
    await this.#core.deleteCollectionNode({ labelSelector });
  }

  /** What `look` finds, once it finds something. */
  async until<T>(look: () => Promise<T | undefined>, what: string, timeoutMillis = 60_000): Promise<T> {
    const deadline = Date.now() + timeoutMillis;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (Date.now() > deadline) throw new Error(`timed out: ${what}`);
      await delay(50);
    }
  }
}

const QUEUE = "kueue.x-k8s.io/queue-name";
/** Told to the simulated machines. */
const HANGS = { "orch.dev/simulate": "hang" };

/** The labels by which a pod of the team's stands in its queue for CPU work. */
export const queueLabelsOf = ({ profile }: TestTeam) => ({
  [QUEUE]: profile.teams[profile.defaultTeam ?? ""]?.queues.cpu ?? "",
});

export const isTrue = (seen: WorkloadSeen | undefined, condition: string): boolean =>
  seen?.status.conditions.some(({ type, status }) => type === condition && status === "True") === true;

const kueue = (plural: string) => ({ group: "kueue.x-k8s.io", version: "v1beta2", plural });

/** The local profile with this team in it, allowed as much as the compiler may ever be asked for. */
function profileWith(name: string, own: { namespace?: string; queues?: Team["queues"] }): PlatformProfile {
  const profile = localProfile();
  const { research } = profile.teams;
  if (research === undefined) throw new Error("the local profile has no team research");
  return { ...profile, defaultTeam: name, teams: { [name]: { ...research, ...own } } };
}

function templateOf({ profile }: TestTeam, { cpu = 1, gpu = 0, gpuSlice, qos, priority }: Job): Template {
  const node = {
    id: "work",
    kind: "python_task",
    image: "ghcr.io/archetype/feature-kit:0.3.2",
    resources: { cpu: String(cpu), mem: "1Gi", gpu },
    ...(gpuSlice === undefined ? {} : { gpu_slice: gpuSlice }),
    ...(qos === undefined ? {} : { qos }),
  };
  const slo = priority === undefined ? {} : { slo: { priority } };
  const { workflow } = compiledDag({ ...slo, nodes: [node], edges: [] }, profile);
  const found = workflow.spec.templates.find(({ name }) => name === "work");
  if (found === undefined) throw new Error("no template work");
  return found;
}

/** What Argo makes of a template at the first attempt, as far as it decides where the pod goes. */
function podOf({ metadata, affinity, tolerations, priorityClassName, container }: Template): V1Pod {
  const text = JSON.stringify({
    metadata: {
      generateName: "work-",
      labels: metadata?.labels,
      annotations: HANGS,
    },
    spec: {
      restartPolicy: "Never",
      affinity,
      tolerations,
      priorityClassName,
      securityContext: POD_SECURITY,
      containers: [
        {
          name: "main",
          image: container?.image,
          resources: container?.resources,
          securityContext: container?.securityContext,
        },
      ],
    },
  });
  return JSON.parse(text.replaceAll(/\{\{=.*?\}\}/g, "spot"));
}
