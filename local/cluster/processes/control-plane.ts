import { join } from "node:path";
import { stringify } from "yaml";
import { deviceResources } from "../../../components/cluster/pools.ts";
import { userKubeconfig } from "../identity/kubeconfig.ts";
import { type ProcessPlan, type Readiness, type Setting, seldomCollected } from "./process-plan.ts";

export function etcdPlan({ tools, folder, ports, credentials, memory }: Setting): ProcessPlan {
  const server = credentials.pair("etcd-server");
  const client = `https://127.0.0.1:${ports.etcd}`;
  const peer = `https://127.0.0.1:${ports.etcdPeer}`;
  return {
    name: "etcd",
    command: tools.etcd,
    args: [
      "--name=embedded",
      `--data-dir=${folder.etcd}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=embedded=${peer}`,
      `--cert-file=${server.certificate}`,
      `--key-file=${server.key}`,
      `--trusted-ca-file=${credentials.etcdCa}`,
      "--client-cert-auth",
      `--peer-cert-file=${server.certificate}`,
      `--peer-key-file=${server.key}`,
      `--peer-trusted-ca-file=${credentials.etcdCa}`,
      "--peer-client-cert-auth",
      // A crash of the machine may cost this cluster its last seconds; a crash of the process does not.
      "--unsafe-no-fsync",
      `--quota-backend-bytes=${8 * 1024 ** 3}`,
      "--log-level=warn",
    ],
    env: seldomCollected(memory.otherMib),
    port: ports.etcd,
    ready: {
      kind: "http",
      url: `${client}/health`,
      tls: { ca: credentials.etcdCa, ...credentials.pair("etcd-client") },
    },
  };
}

export function apiserverPlan({ tools, ports, credentials, server, memory }: Setting): ProcessPlan {
  const serving = credentials.pair("apiserver");
  const etcd = credentials.pair("etcd-client");
  return {
    name: "kube-apiserver",
    command: tools.kubeApiserver,
    args: [
      "--bind-address=127.0.0.1",
      "--advertise-address=127.0.0.1",
      `--secure-port=${ports.apiserver}`,
      // 127.0.0.1 is no endpoint a Service may have.
      "--endpoint-reconciler-type=none",
      "--service-cluster-ip-range=10.96.0.0/16",
      `--etcd-servers=https://127.0.0.1:${ports.etcd}`,
      `--etcd-cafile=${credentials.etcdCa}`,
      `--etcd-certfile=${etcd.certificate}`,
      `--etcd-keyfile=${etcd.key}`,
      `--tls-cert-file=${serving.certificate}`,
      `--tls-private-key-file=${serving.key}`,
      `--client-ca-file=${credentials.clusterCa}`,
      `--token-auth-file=${credentials.tokens}`,
      "--anonymous-auth=false",
      "--authorization-mode=Node,RBAC",
      "--enable-admission-plugins=NodeRestriction",
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${credentials.serviceAccountPublicKey}`,
      `--service-account-signing-key-file=${credentials.serviceAccountKey}`,
      // One person's cluster: there is nobody to be fair to, and asking cost a hundredth of its time.
      "--enable-priority-and-fairness=false",
      "--max-requests-inflight=1200",
      "--max-mutating-requests-inflight=600",
      "--profiling=false",
    ],
    env: seldomCollected(memory.apiserverMib),
    port: ports.apiserver,
    ready: {
      kind: "http",
      url: `${server}/readyz`,
      tls: { ca: credentials.clusterCa, ...credentials.pair("admin") },
    },
    // It waits a minute for open watches; etcd holds all it knows, so cutting it off loses nothing.
    stopGraceMillis: 2_000,
  };
}

export function controllerManagerPlan(setting: Setting): ProcessPlan {
  const { tools, folder, ports, credentials, server, memory } = setting;
  const kubeconfig = join(folder.config, "controller-manager.kubeconfig");
  return {
    name: "kube-controller-manager",
    command: tools.kubeControllerManager,
    files: { [kubeconfig]: userKubeconfig(credentials, server, "controller-manager") },
    args: [
      `--kubeconfig=${kubeconfig}`,
      ...servingFlags(setting, ports.controllerManager),
      "--leader-elect=false",
      "--use-service-account-credentials",
      `--service-account-private-key-file=${credentials.serviceAccountKey}`,
      `--root-ca-file=${credentials.clusterCa}`,
      "--kube-api-qps=400",
      "--kube-api-burst=800",
      // Simulated nodes have a heartbeat every few minutes: no node is lost for being quiet.
      "--node-monitor-grace-period=20m",
      "--profiling=false",
    ],
    env: seldomCollected(memory.otherMib),
    port: ports.controllerManager,
    ready: servingReady(setting, ports.controllerManager),
  };
}

export function schedulerPlan(setting: Setting): ProcessPlan {
  const { tools, folder, ports, credentials, server, memory } = setting;
  const kubeconfig = join(folder.config, "scheduler.kubeconfig");
  const configuration = join(folder.config, "scheduler.yaml");
  return {
    name: "kube-scheduler",
    command: tools.kubeScheduler,
    files: {
      [kubeconfig]: userKubeconfig(credentials, server, "scheduler"),
      [configuration]: stringify({
        apiVersion: "kubescheduler.config.k8s.io/v1",
        kind: "KubeSchedulerConfiguration",
        clientConnection: { kubeconfig, qps: 400, burst: 800 },
        leaderElection: { leaderElect: false },
        enableProfiling: false,
        profiles: [
          { schedulerName: "default-scheduler", pluginConfig: [{ name: "NodeResourcesFit", args: PACKING }] },
          { schedulerName: PLAIN_SCHEDULER },
        ],
      }),
    },
    args: [`--config=${configuration}`, ...servingFlags(setting, ports.scheduler)],
    env: seldomCollected(memory.otherMib),
    port: ports.scheduler,
    ready: servingReady(setting, ports.scheduler),
  };
}

/** Scores machines as Kubernetes does when it is told nothing: for what is to be compared with the platform's packing. */
export const PLAIN_SCHEDULER = "plain-scheduler";

/** Full nodes first, GPUs above all: what EKS is told by `kubeSchedulerConfig`. */
const PACKING = {
  apiVersion: "kubescheduler.config.k8s.io/v1",
  kind: "NodeResourcesFitArgs",
  scoringStrategy: {
    type: "MostAllocated",
    resources: [
      { name: "cpu", weight: 1 },
      { name: "memory", weight: 1 },
      ...deviceResources().map((name) => ({ name, weight: 5 })),
    ],
  },
};

function servingFlags({ credentials }: Setting, port: number): string[] {
  const serving = credentials.pair("serving");
  return [
    "--bind-address=127.0.0.1",
    `--secure-port=${port}`,
    `--tls-cert-file=${serving.certificate}`,
    `--tls-private-key-file=${serving.key}`,
  ];
}

function servingReady({ credentials }: Setting, port: number): Readiness {
  return { kind: "http", url: `https://127.0.0.1:${port}/healthz`, tls: { ca: credentials.clusterCa } };
}
