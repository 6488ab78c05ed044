import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { TEAM_LABEL } from "../../../components/security/constants.ts";
import {
  ARGO_CONFIG_MAP,
  ARGO_NAMESPACE,
  ARGO_POD_STATUS_CAPTURE,
  GIVEN_UP,
  KUEUE_COPIED_LABELS,
  KUEUE_EXCLUDED_RESOURCES,
  WITHOUT_MACHINE,
} from "../../../components/workflow/constants.ts";
import { KUEUE_WEBHOOK, type User } from "../identity/credentials.ts";
import { userKubeconfig } from "../identity/kubeconfig.ts";
import { SIMULATED_LABEL } from "../nodes/node-manifest.ts";
import { type ProcessPlan, type Setting, seldomCollected } from "./process-plan.ts";

export function kwokPlan(setting: Setting): ProcessPlan {
  const { tools, folder, ports } = setting;
  const kubeconfig = identity(setting, "kwok");
  const configuration = join(folder.config, "kwok.yaml");
  return {
    name: "kwok",
    command: tools.kwok,
    files: {
      ...kubeconfig.file,
      [configuration]: stringify({
        apiVersion: "config.kwok.x-k8s.io/v1alpha1",
        kind: "KwokConfiguration",
        options: { podPlayStageParallelism: 16, nodePlayStageParallelism: 8, nodeLeaseParallelism: 4 },
      }),
    },
    args: [
      `--kubeconfig=${kubeconfig.path}`,
      `--config=${configuration}`,
      `--manage-nodes-with-label-selector=${SIMULATED_LABEL}=true`,
      "--enable-crds=Stage",
      `--server-address=127.0.0.1:${ports.kwok}`,
      "--node-lease-duration-seconds=0",
      "--cidr=10.128.0.0/16",
      // A line per pod and change would be most of its work.
      "--v=WARN",
    ],
    env: seldomCollected(setting.memory.otherMib),
    port: ports.kwok,
    ready: { kind: "http", url: `http://127.0.0.1:${ports.kwok}/healthz` },
  };
}

export function workflowControllerPlan(setting: Setting): ProcessPlan {
  const { tools, workflowController: tuning } = setting;
  // Its namespace is where it looks for its ConfigMap; without --namespaced it serves every namespace.
  const kubeconfig = identity(setting, "workflow-controller", ARGO_NAMESPACE);
  return {
    name: "workflow-controller",
    command: tools.workflowController,
    files: kubeconfig.file,
    args: [
      `--kubeconfig=${kubeconfig.path}`,
      `--configmap=${ARGO_CONFIG_MAP}`,
      `--qps=${tuning.qps}`,
      `--burst=${tuning.burst}`,
      `--workflow-workers=${tuning.workflowWorkers}`,
      `--pod-cleanup-workers=${tuning.podCleanupWorkers}`,
      "--loglevel=info",
    ],
    env: {
      LEADER_ELECTION_DISABLE: "true",
      ...seldomCollected(setting.memory.otherMib),
      DEFAULT_REQUEUE_TIME: `${tuning.requeueMillis}ms`,
      [ARGO_POD_STATUS_CAPTURE.name]: ARGO_POD_STATUS_CAPTURE.value,
      POD_NAMES: "v2",
    },
    ready: { kind: "log", text: "Starting CronWorkflow controller" },
  };
}

export function kueuePlan(setting: Setting): ProcessPlan {
  const { tools, folder, ports, credentials } = setting;
  const kubeconfig = identity(setting, "kueue", KUEUE_WEBHOOK.namespace);
  const configuration = join(folder.config, "kueue.yaml");
  return {
    name: "kueue",
    command: tools.kueue,
    files: { ...kubeconfig.file, [configuration]: stringify(kueueConfiguration(setting)) },
    args: [`--kubeconfig=${kubeconfig.path}`, `--config=${configuration}`, "--zap-log-level=error"],
    env: { POD_NAMESPACE: KUEUE_WEBHOOK.namespace, ...seldomCollected(setting.memory.otherMib) },
    port: ports.kueueWebhook,
    ready: { kind: "http", url: `http://127.0.0.1:${ports.kueueHealth}/readyz` },
  };

  function kueueConfiguration({ podsReadySeconds }: Setting): object {
    const waits = podsReadySeconds !== undefined;
    return {
      apiVersion: "config.kueue.x-k8s.io/v1beta2",
      kind: "Configuration",
      namespace: KUEUE_WEBHOOK.namespace,
      health: { healthProbeBindAddress: `127.0.0.1:${ports.kueueHealth}` },
      metrics: { bindAddress: "0" },
      webhook: { host: "127.0.0.1", port: ports.kueueWebhook, certDir: credentials.kueueWebhook },
      leaderElection: { leaderElect: false },
      // The Secret is filled before Kueue starts: it finds its certificate valid and only injects the authority.
      internalCertManagement: {
        enable: true,
        webhookServiceName: KUEUE_WEBHOOK.service,
        webhookSecretName: "kueue-webhook-server-cert",
      },
      controller: {
        groupKindConcurrency: {
          Pod: 16,
          "Workload.kueue.x-k8s.io": 16,
          "LocalQueue.kueue.x-k8s.io": 4,
          "ClusterQueue.kueue.x-k8s.io": 4,
          "Job.batch": 4,
        },
      },
      clientConnection: { qps: 1000, burst: 2000 },
      resources: { excludeResourcePrefixes: [...KUEUE_EXCLUDED_RESOURCES] },
      fairSharing: { preemptionStrategies: ["LessThanOrEqualToFinalShare", "LessThanInitialShare"] },
      manageJobsWithoutQueueName: false,
      managedJobsNamespaceSelector: { matchExpressions: [{ key: TEAM_LABEL, operator: "Exists" }] },
      integrations: {
        frameworks: ["pod", "batch/job", "ray.io/rayjob", "ray.io/raycluster", "sparkoperator.k8s.io/sparkapplication"],
        labelKeysToCopy: [...KUEUE_COPIED_LABELS],
      },
      ...(waits ? { waitForPodsReady: { timeout: `${podsReadySeconds}s`, ...WITHOUT_MACHINE } } : {}),
      objectRetentionPolicies: GIVEN_UP,
      // A simulated node always starts its pods: watching whether they get ready would be two more writes for each.
      featureGates: { VisibilityOnDemand: false, SparkApplicationIntegration: true, DisableWaitForPodsReady: !waits },
    };
  }
}

export function resourceRunnerPlan(setting: Setting): ProcessPlan {
  const { folder, tools, credentials, server, resourceConcurrency } = setting;
  const kubeconfig = identity(setting, "resource-runner");
  return {
    name: "resource-runner",
    command: process.execPath,
    files: kubeconfig.file,
    args: [
      fileURLToPath(new URL("../runner/main.ts", import.meta.url)),
      `--kubeconfig=${kubeconfig.path}`,
      `--server=${server}`,
      `--certificate-authority=${credentials.clusterCa}`,
      `--argoexec=${tools.argoexec}`,
      `--folder=${folder.run}`,
      `--logs=${join(folder.logs, "resource-templates")}`,
      `--concurrency=${resourceConcurrency}`,
    ],
    ready: { kind: "log", text: "watching pods" },
  };
}

function identity(
  { folder, credentials, server }: Setting,
  user: User,
  namespace?: string,
): { readonly path: string; readonly file: Readonly<Record<string, string>> } {
  const path = join(folder.config, `${user}.kubeconfig`);
  return { path, file: { [path]: userKubeconfig(credentials, server, user, namespace) } };
}
