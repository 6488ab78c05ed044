import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { UserError } from "../../spec/user-error.ts";

/** Which cluster a command talks to. A cluster of the user's own is used only when one of the first two is given. */
export interface ClusterOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  /** Name of the embedded environment. */
  readonly name?: string;
  /** State folder of the embedded environment; default `<checkout>/.orch/<name>`. */
  readonly state?: string;
}

export interface Cluster {
  readonly kubeConfig: KubeConfig;
  /** The embedded environment, so nodes are simulated; otherwise a cluster the user named. */
  readonly embedded: boolean;
  /** For messages. */
  readonly description: string;
}

const CHECKOUT = resolve(import.meta.dirname, "../../..");

export function stateFolder(options: ClusterOptions): string {
  return resolve(options.state ?? resolve(CHECKOUT, ".orch", options.name ?? "local"));
}

/** @throws UserError with exit code 2 when there is no such cluster configuration; nothing is contacted yet. */
export function connect(options: ClusterOptions): Cluster {
  if (options.kubeconfig !== undefined || options.context !== undefined) return connectExisting(options);
  const folder = stateFolder(options);
  const kubeconfig = resolve(folder, "kubeconfig");
  if (!existsSync(kubeconfig)) {
    throw new UserError(`no embedded environment runs in ${folder}`, {
      hint: "start one with `orch local start`, or name a cluster with --kubeconfig or --context",
      exitCode: 2,
    });
  }
  return { kubeConfig: load(kubeconfig), embedded: true, description: `the embedded environment in ${folder}` };
}

function connectExisting(options: ClusterOptions): Cluster {
  const kubeConfig = options.kubeconfig === undefined ? loadDefault() : load(options.kubeconfig);
  if (options.context !== undefined) {
    const known = kubeConfig.getContexts().map((context) => context.name);
    if (!known.includes(options.context)) {
      throw new UserError(`the kubeconfig has no context ${options.context}`, {
        hint: known.length > 0 ? `it has ${known.join(", ")}` : "it has no context at all",
        exitCode: 2,
      });
    }
    kubeConfig.setCurrentContext(options.context);
  }
  const server = kubeConfig.getCurrentCluster()?.server;
  if (server === undefined) {
    throw new UserError("the kubeconfig names no current cluster", { hint: "choose one with --context", exitCode: 2 });
  }
  return { kubeConfig, embedded: false, description: `${kubeConfig.getCurrentContext()} (${server})` };
}

function load(path: string): KubeConfig {
  const kubeConfig = new KubeConfig();
  try {
    kubeConfig.loadFromFile(path);
  } catch (error) {
    throw new UserError(
      `the kubeconfig ${path} cannot be used: ${error instanceof Error ? error.message : String(error)}`,
      {
        exitCode: 2,
        cause: error,
      },
    );
  }
  return kubeConfig;
}

function loadDefault(): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromDefault();
  return kubeConfig;
}
