import type { Credentials } from "../identity/credentials.ts";
import type { ToolPaths, WorkflowControllerSettings } from "../model.ts";
import type { Ports } from "../ports.ts";
import type { StateFolder } from "../state-folder.ts";

/** Everything a process plan is made from. */
export interface Setting {
  readonly folder: StateFolder;
  readonly ports: Ports;
  readonly credentials: Credentials;
  readonly tools: ToolPaths;
  /** URL of the API server. */
  readonly server: string;
  readonly workflowController: WorkflowControllerSettings;
  readonly resourceConcurrency: number;
  /** What the API server may hold before it collects garbage at any price. */
  readonly apiserverMemoryMib: number;
  /** Undefined: Kueue does not ask. */
  readonly podsReadySeconds?: number | undefined;
}

/**
 * For Go processes with a few dozen megabytes in use: a fifth of their time went into collecting their garbage, and
 * four times the memory is still little.
 */
export const SELDOM_COLLECTED = { GOGC: "400", GOMEMLIMIT: "1GiB" } as const;

/** How one process is started and how its readiness is seen: plain data, so that it can be shown and tested. */
export interface ProcessPlan {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Files written before the start, by path. They may hold keys: only the owner can read them. */
  readonly files?: Readonly<Record<string, string>>;
  readonly port?: number;
  readonly ready: Readiness;
  /** Time to become ready. Milliseconds, default 60,000. */
  readonly readyTimeoutMillis?: number;
  /** Time from SIGTERM to SIGKILL. Milliseconds, default 3,000. */
  readonly stopGraceMillis?: number;
}

export type Readiness =
  | {
      /** Answers 200 here. */
      readonly kind: "http";
      readonly url: string;
      readonly tls?: { readonly ca: string; readonly certificate?: string; readonly key?: string };
    }
  /** This text appeared in its log since it started. */
  | { readonly kind: "log"; readonly text: string };
