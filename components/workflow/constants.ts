/** Names that teams, policies, the submission function and the local environment rely on. No imports here. */

/** Where Argo's and our own controllers and their configuration live. */
export const ARGO_NAMESPACE = "orchestr";
export const ARGO_CONFIG_MAP = "workflow-controller-configmap";
export const ARGO_CONTROLLER_ACCOUNT = "argo-workflow-controller";
export const ARGO_SERVER_ACCOUNT = "argo-server";
/** Runs main containers; nothing is bound to it. */
export const WORKFLOW_ACCOUNT = "argo-workflow";
/** Runs argoexec. */
export const EXECUTOR_ACCOUNT = "argo-executor";
/** Runs what makes pods of its own: Spark drivers, Flink job managers. */
export const DRIVER_ACCOUNT = "job-driver";

/**
 * `DEFAULT_REQUEUE_TIME` of the controller: how long a changed workflow waits before the controller looks at it again, so
 * the price of every layer of a DAG. Argo's own 10 s makes ten layers cost over a minute; 100 ms, some
 * seconds. Only a workflow that changed is looked at again, so that hundreds of waiting ones cost nothing.
 */
export const ARGO_REQUEUE_MILLIS = 100;

/**
 * A variable of the controller: a pod that somebody deletes stays until the controller has read how it ended. Without it the
 * controller makes a pod that was taken back before it ran (no machine in time, preempted) once more under the same attempt, for ever;
 * with it that is a lost attempt, and the next one can go elsewhere.
 */
export const ARGO_POD_STATUS_CAPTURE = { name: "ARGO_POD_STATUS_CAPTURE_FINALIZER", value: "true" } as const;

export const PROFILE_CONFIG_MAP = "platform-profile";
export const PROFILE_KEY = "profile.json";
/** On the ConfigMaps that make up the profile: `platform` on the platform's own, `team` on each team's beside it. */
export const PROFILE_LABEL = "orch.dev/profile";
/** A team's ConfigMap, and its key. */
export const teamProfileConfigMap = (team: string) => `team-profile-${team}`;
export const TEAM_PROFILE_KEY = "team.json";

/** Teams borrow from each other within it. */
export const COHORT = "orch";
/** LocalQueues in each team's namespace, one per resource class; the last where the team has slices of GPUs. */
export const LOCAL_QUEUES = { cpu: "cpu", gpu: "gpu", "gpu-slice": "gpu-slice" } as const;

/** Requests Kueue must not count: no quota covers them, and a pod that asks for an uncovered resource would never be admitted. */
export const KUEUE_EXCLUDED_RESOURCES: readonly string[] = ["ephemeral-storage"];

/** Labels of pods and custom resources that their workloads get too: whose work it is. */
export const KUEUE_COPIED_LABELS: readonly string[] = ["submission_id", "node_id"];

/**
 * What Kueue does with work that was admitted and has no machine in time: it takes the quota back, nobody waits behind it, and it is
 * not queued again. That would give it the same flavor again, since there is quota for it.
 */
export const WITHOUT_MACHINE = { blockAdmission: false, requeuingStrategy: { backoffLimitCount: 0 } } as const;

/**
 * What was given up on is deleted at once, custom resources as pods are: whoever waits for it sees that, and makes it anew where there
 * are machines. Suspended for ever, which is Kueue's default, it would be waited for in vain.
 */
export const GIVEN_UP = { workloads: { afterDeactivatedByKueue: "0s" } } as const;

/** Where the chart puts Kueue. */
export const KUEUE_NAMESPACE = "kueue-system";
/** Its admission webhooks and its visibility API. */
export const KUEUE_WEBHOOK_PORTS: readonly number[] = [9443, 8082];
