import { stringify } from "yaml";
import { CONTAINER_SECURITY, POD_SECURITY } from "../system/index.ts";
import { EXECUTOR_ACCOUNT, WORKFLOW_ACCOUNT } from "./constants.ts";

export interface ArgoConfigArgs {
  /** Workflows that run at the same time in the cluster; the rest wait. Default: 500. */
  readonly parallelism?: number;
  /** Same, per team. Default: 250. */
  readonly teamParallelism?: number;
  /**
   * Defaults for Workflows that people write themselves; none: such a Workflow names its own accounts and its own end, as every
   * compiled one does. Argo merges them into every Workflow at every look at it, and asks for the executor's account before each
   * pod: with a thousand nodes a tenth of the controller's time, and a third of its requests.
   */
  readonly handWritten?: HandWritten;
  /** Finished Workflows kept, whatever their age: completed, failed and errored each. Default: 500. */
  readonly retained?: number;
  /** TCP port of `/metrics`; 0: none. Default: 9090. */
  readonly metricsPort?: number;
  /** Where the logs of main containers are archived; none: they end with the pod. */
  readonly logs?: LogArchive;
}

export interface HandWritten {
  /** Days a finished one is kept. */
  readonly ttlDays: number;
}

export interface LogArchive {
  readonly bucket: string;
  /** Path below the bucket, without slashes at its ends. */
  readonly prefix: string;
  readonly region: string;
}

/** User id of Argo's containers; its images default to the same one. */
const ARGO_USER = 8737;

const DAY = 24 * 60 * 60;

/** Data of the controller's ConfigMap: Argo reads every value as a YAML document of its own. */
export function planArgoConfig(args: ArgoConfigArgs = {}): Record<string, string> {
  const retained = args.retained ?? 500;
  const metricsPort = args.metricsPort ?? 9090;
  const config: Record<string, unknown> = {
    parallelism: args.parallelism ?? 500,
    namespaceParallelism: args.teamParallelism ?? 250,
    // The audit follows the Workflow itself; an event per node would only fill etcd.
    nodeEvents: { enabled: false },
    workflowEvents: { enabled: true },
    metricsConfig:
      metricsPort === 0 ? { enabled: false } : { enabled: true, path: "/metrics", port: metricsPort, secure: false },
    telemetryConfig: { enabled: false },
    retentionPolicy: { completed: retained, failed: retained, errored: retained },
    executor: {
      imagePullPolicy: "IfNotPresent",
      resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { cpu: "500m", memory: "512Mi" } },
      securityContext: { ...CONTAINER_SECURITY, runAsUser: ARGO_USER },
    },
    mainContainer: { securityContext: CONTAINER_SECURITY },
  };
  if (args.handWritten !== undefined) config.workflowDefaults = workflowDefaults(args.handWritten);
  if (args.logs !== undefined) config.artifactRepository = artifactRepository(args.logs);
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, document(value)]));
}

function workflowDefaults({ ttlDays }: HandWritten) {
  return {
    spec: {
      serviceAccountName: WORKFLOW_ACCOUNT,
      automountServiceAccountToken: false,
      executor: { serviceAccountName: EXECUTOR_ACCOUNT },
      securityContext: POD_SECURITY,
      ttlStrategy: { secondsAfterCompletion: ttlDays * DAY },
      podGC: { strategy: "OnWorkflowCompletion" },
    },
  };
}

function artifactRepository({ bucket, prefix, region }: LogArchive) {
  const path = prefix === "" ? "logs" : `${prefix}/logs`;
  return {
    archiveLogs: true,
    s3: {
      bucket,
      endpoint: `s3.${region}.amazonaws.com`,
      region,
      keyFormat: `${path}/{{workflow.name}}/{{pod.name}}`,
      // Pod identity: no key anywhere.
      useSDKCreds: true,
      // Nothing on encryption: the bucket's own key holds for what says nothing.
    },
  };
}

const document = (value: unknown) =>
  typeof value === "object" ? stringify(value, { sortMapEntries: true, lineWidth: 0 }) : String(value);
