import type { MemoryShares } from "../host.ts";
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
  /** What the Go processes may hold before they collect garbage at any price. */
  readonly memory: MemoryShares;
  /** Undefined: Kueue does not ask. */
  readonly podsReadySeconds?: number | undefined;
}

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

/**
 * A third of the API server's time went into collecting garbage, a fifth of the controllers': with Go's own setting a process that holds
 * a few dozen megabytes collects after a few dozen more. It may take ten times of what it holds, up to its share.
 *
 * @param mib share of the host's memory, MiB
 */
export function seldomCollected(mib: number): { readonly GOGC: string; readonly GOMEMLIMIT: string } {
  return { GOGC: "1000", GOMEMLIMIT: `${mib}MiB` };
}
