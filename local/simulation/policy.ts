import { CAPACITY_LABEL } from "../../components/cluster/constants.ts";
import { KUEUE_API } from "../../components/workflow/kueue.ts";
import { coveredResources, planTeamQueues, type TeamShare, WORK_CLASSES } from "../../components/workflow/queues.ts";
import type { Workflow } from "../../submission/compile/index.ts";
import { PLAIN_SCHEDULER } from "../cluster/index.ts";

/** Two ways to run one trace on the same machines, with the same quotas, the same Argo, Kueue and kube-scheduler. */
export interface Policy {
  readonly name: PolicyName;
  /** Objects of Kueue's that a team's work is queued by, in the order in which they are made. */
  queueObjects(team: QueueOwner): readonly ClusterObject[];
  /** What is created for a compiled DAG. */
  workflow(compiled: Workflow): object;
}

export type PolicyName = "ours" | "defaults";

export interface QueueOwner {
  readonly name: string;
  readonly namespace: string;
  readonly share: TeamShare;
  /** Teams of one simulation borrow from each other only. */
  readonly cohort: string;
}

export interface ClusterObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: object;
}

/** Queues as a team's stack makes them, Workflows as the compiler makes them. */
const ours: Policy = {
  name: "ours",
  queueObjects: ({ name, namespace, share, cohort }) =>
    Object.values(planTeamQueues(name, namespace, share)).flatMap((queue) =>
      queueWith(queue.name, namespace, queue.localQueue, { ...queue.spec, cohortName: cohort }),
    ),
  workflow: (compiled) => compiled,
};

const FLAVOR = "default-flavor";

/**
 * What an installation does that leaves every optional field as it is: each team and class has a ClusterQueue with the same quota, spot and
 * on-demand as one flavor; no cohort, so nothing is borrowed, lent or taken back; no priorities; the scheduler's own scoring. Its queues
 * are `BestEffortFIFO`, which is Kueue's default. It is given what its users would add by hand: tolerations, the class of
 * machines, "not on spot" where that was asked for, and retries after losses.
 */
const defaults: Policy = {
  name: "defaults",
  queueObjects: ({ name, namespace, share }) => [
    { apiVersion: KUEUE_API, kind: "ResourceFlavor", metadata: { name: FLAVOR }, spec: {} },
    ...WORK_CLASSES.flatMap((workClass) => {
      const planned = planTeamQueues(name, namespace, share)[workClass];
      if (planned === undefined) return [];
      const [group] = planned.spec.resourceGroups;
      const resources = coveredResources(workClass).map((resource) => ({
        name: resource,
        nominalQuota: total((group?.flavors ?? []).map(({ resources }) => nominalOf(resources, resource))),
      }));
      return queueWith(planned.name, namespace, planned.localQueue, {
        namespaceSelector: planned.spec.namespaceSelector,
        resourceGroups: [{ coveredResources: coveredResources(workClass), flavors: [{ name: FLAVOR, resources }] }],
      });
    }),
  ],
  workflow: ({ spec, ...rest }) => ({
    ...rest,
    spec: { ...spec, schedulerName: PLAIN_SCHEDULER, templates: spec.templates.map(withoutPolicy) },
  }),
};

export const POLICIES: Readonly<Record<PolicyName, Policy>> = { ours, defaults };

type Template = Workflow["spec"]["templates"][number];
const PRIORITY_LABEL = "kueue.x-k8s.io/priority-class";

function withoutPolicy({ priorityClassName: _, metadata, affinity, ...template }: Template): Template {
  const { [PRIORITY_LABEL]: __, ...labels } = metadata?.labels ?? {};
  return {
    ...template,
    ...(metadata === undefined ? {} : { metadata: { ...metadata, labels } }),
    ...(affinity === undefined ? {} : { affinity: anyCapacity(affinity) }),
  };
}

/** What may be on spot may be anywhere, and prefers nothing. */
function anyCapacity({ nodeAffinity }: NonNullable<Template["affinity"]>): NonNullable<Template["affinity"]> {
  const [term] = nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms;
  const matchExpressions = term.matchExpressions.filter(
    ({ key, values }) => key !== CAPACITY_LABEL || values.length === 1,
  );
  return {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } },
  };
}

function queueWith(name: string, namespace: string, localQueue: string, spec: object): ClusterObject[] {
  return [
    { apiVersion: KUEUE_API, kind: "ClusterQueue", metadata: { name }, spec },
    {
      apiVersion: KUEUE_API,
      kind: "LocalQueue",
      metadata: { name: localQueue, namespace },
      spec: { clusterQueue: name },
    },
  ];
}

const nominalOf = (
  resources: readonly { readonly name: string; readonly nominalQuota: string }[],
  name: string,
): string => resources.find((resource) => resource.name === name)?.nominalQuota ?? "0";

/** Of whole numbers of one unit. */
function total(quantities: readonly string[]): string {
  const sum = quantities.reduce((all, each) => all + Number.parseInt(each, 10), 0);
  return `${sum}${sum > 0 && quantities.some((each) => each.endsWith("Gi")) ? "Gi" : ""}`;
}
