import { ARGO_REQUEUE_MILLIS } from "../../components/workflow/constants.ts";
import type { SimulatedNode } from "./nodes/node-manifest.ts";

/** Executables the environment starts, each an absolute path. */
export interface ToolPaths {
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubeControllerManager: string;
  readonly kubeScheduler: string;
  readonly kwok: string;
  readonly workflowController: string;
  readonly argoexec: string;
  readonly kueue: string;
}

/** How Argo's controller is tuned. The same numbers belong in every environment; here they are flags and variables of a process. */
export interface WorkflowControllerSettings {
  /** Pause before a changed workflow is looked at again; each layer of a DAG waits for it. Milliseconds, default `ARGO_REQUEUE_MILLIS`. */
  readonly requeueMillis: number;
  /** Requests per second to the API server. Default 400. */
  readonly qps: number;
  /** Requests in one burst. Default 800. */
  readonly burst: number;
  /** Workflows reconciled at once. Default 32. */
  readonly workflowWorkers: number;
  /** Pods cleaned up at once. Default 16. */
  readonly podCleanupWorkers: number;
}

export const DEFAULT_WORKFLOW_CONTROLLER: WorkflowControllerSettings = {
  requeueMillis: ARGO_REQUEUE_MILLIS,
  qps: 400,
  burst: 800,
  workflowWorkers: 32,
  podCleanupWorkers: 16,
};

/**
 * Who owns the environment's life.
 * `attached`: it ends when the process that started it ends, however that ends.
 * `detached`: it runs until `stopEnvironment`.
 */
export type Lifetime = "attached" | "detached";

export interface EnvironmentOptions {
  /** Folder for everything the environment writes; created when missing. */
  readonly stateDir: string;
  readonly tools: ToolPaths;
  /** Default `attached`. */
  readonly lifetime?: Lifetime;
  /** Simulated nodes. Default: those of every pool, as the cluster components plan them. */
  readonly nodes?: readonly SimulatedNode[];
  readonly workflowController?: Partial<WorkflowControllerSettings>;
  /** Resource templates executed at once by the resource runner. Default 32. */
  readonly resourceConcurrency?: number;
  /**
   * Seconds after which Kueue takes the quota of admitted work back whose pods are not ready, as production has it. Default: it does
   * not ask, since simulated nodes start every pod.
   */
  readonly podsReadySeconds?: number;
  /** Aborts the start: what was started is ended before the call returns. */
  readonly signal?: AbortSignal;
  /** Told of each step of the start and, while attached, of each process that fails later. */
  readonly onEvent?: (event: EnvironmentEvent) => void;
}

/** `waiting`: not started yet, what it needs is missing. `stopped`: ended on order. `failed`: ended by itself. */
export type ProcessState = "waiting" | "starting" | "ready" | "stopped" | "failed";

export interface ProcessReport {
  readonly name: string;
  readonly state: ProcessState;
  /** Main port on 127.0.0.1, when it has one. */
  readonly port?: number;
  readonly pid?: number;
  /** What a waiting process waits for. */
  readonly waitingFor?: string;
  readonly log: string;
  readonly failure?: ProcessFailure;
}

export interface ProcessFailure {
  readonly process: string;
  /** `exit code 1`, `signal SIGKILL`, or why it never became ready. */
  readonly reason: string;
  /** ISO time. */
  readonly at: string;
  /** The end of its log, oldest line first. */
  readonly lastLines: readonly string[];
}

export type EnvironmentEvent =
  | { readonly kind: "step"; readonly message: string }
  | { readonly kind: "process"; readonly process: ProcessReport }
  | { readonly kind: "failure"; readonly failure: ProcessFailure };

export interface EnvironmentStatus {
  readonly stateDir: string;
  /** `absent`: nothing was started here or it was stopped. `remains`: its supervisor is gone, what it left is not. */
  readonly state: "absent" | "starting" | "running" | "degraded" | "remains";
  readonly kubeconfig?: string;
  readonly server?: string;
  readonly startedAt?: string;
  readonly processes: readonly ProcessReport[];
}

export interface Environment {
  readonly stateDir: string;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** URL of the API server. */
  readonly server: string;
  /** Milliseconds from the call to readiness. */
  readonly startMillis: number;
  /** Waits until these processes are ready: the controllers start only when the platform stack has applied what they need. */
  waitForProcesses(names: readonly string[], timeoutMillis?: number): Promise<void>;
  status(): EnvironmentStatus;
  stop(): Promise<void>;
}
