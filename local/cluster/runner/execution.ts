import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lastLines } from "../supervisor/last-lines.ts";
import type { Outcome } from "./pod-status.ts";
import type { ResourcePod } from "./resource-pod.ts";

export interface ExecutionOptions {
  /** Path of argoexec. */
  readonly argoexec: string;
  /** Folder for what lives as long as the process. */
  readonly folder: string;
  /** Folder for logs, one per pod. */
  readonly logs: string;
  /** Kubeconfig with the token of the pod's service account. */
  readonly kubeconfig: string;
  /** Template as JSON, when the pod carries only a pointer to it. */
  readonly template?: string;
  readonly isolation: Isolation;
}

/** `root`: a mount namespace; `user`: one within a user namespace, for hosts where we are not root. */
export type Isolation = "root" | "user";

const KILL_AFTER_MILLIS = 2_000;

/** Undefined where the host allows neither. */
export function availableIsolation(): Isolation | undefined {
  if (spawnSync("unshare", ["--mount", "true"]).status === 0) return "root";
  if (spawnSync("unshare", ["--map-root-user", "--mount", "true"]).status === 0) return "user";
  return undefined;
}

/**
 * argoexec writes to fixed paths: /tmp, /var/run/argo and /dev/termination-log. In a mount namespace of its own each
 * process has all three to itself, and its kubeconfig exists nowhere else. Descriptor 3 holds the kubeconfig.
 */
const PREPARE = `
set -e
argoexec=$1; folder=$2; shift 2
mount -t tmpfs -o mode=755 tmpfs "$folder/box"
mkdir -p "$folder/box/argo" "$folder/box/dev"
touch "$folder/box/argo/argoexec" "$folder/box/dev/termination-log"
mount --bind "$argoexec" "$folder/box/argo/argoexec"
mount --bind "$folder/termination-log" "$folder/box/dev/termination-log"
for device in null zero urandom random; do
  touch "$folder/box/dev/$device"
  mount --bind "/dev/$device" "$folder/box/dev/$device"
done
mount --rbind "$folder/box" /var/run
mount --rbind /var/run/dev /dev
mount -t tmpfs -o mode=1777 tmpfs /tmp
cat <&3 >/tmp/kubeconfig
exec 3<&-
cd /tmp
exec setpriv --pdeathsig KILL -- /var/run/argo/argoexec "$@"
`;

/** One resource template being executed. */
export class Execution {
  readonly finished: Promise<Outcome>;
  readonly #child: ChildProcess;
  #ended: Outcome | undefined;

  constructor(pod: ResourcePod, options: ExecutionOptions) {
    const folder = join(options.folder, pod.uid);
    mkdirSync(join(folder, "box"), { recursive: true, mode: 0o700 });
    mkdirSync(options.logs, { recursive: true, mode: 0o700 });
    const termination = join(folder, "termination-log");
    writeFileSync(termination, "");
    const kubeconfig = join(folder, "kubeconfig");
    writeFileSync(kubeconfig, options.kubeconfig, { mode: 0o600 });
    const log = join(options.logs, `${pod.namespace}_${pod.name}.log`);
    const output = openSync(log, "a", 0o600);
    const secret = openSync(kubeconfig, "r");
    // Open is enough: the token need not lie on disk while the process runs.
    rmSync(kubeconfig);
    this.#child = spawn("setpriv", command(pod, options, folder), {
      stdio: ["ignore", output, output, secret],
      env: environment(pod, options.template),
    });
    closeSync(output);
    closeSync(secret);
    this.finished = new Promise((resolve) => {
      this.#child.once("error", (error) => resolve({ exitCode: 127, message: error.message }));
      this.#child.once("exit", (code, signal) => {
        const message = readFileSync(termination, "utf8").trim() || (code === 0 ? "" : lastWords(log));
        rmSync(folder, { recursive: true, force: true });
        resolve(this.#ended ?? { exitCode: code ?? 137, message: message || (signal ? `signal ${signal}` : "") });
      });
    });
  }

  /** Ends the process in the runner's name: SIGTERM, then SIGKILL. */
  end(outcome: Outcome): void {
    this.#ended = outcome;
    this.#child.kill("SIGTERM");
    setTimeout(() => this.#child.kill("SIGKILL"), KILL_AFTER_MILLIS).unref();
  }
}

function command(pod: ResourcePod, options: ExecutionOptions, folder: string): string[] {
  const unshare = options.isolation === "root" ? ["unshare", "--mount"] : ["unshare", "--map-root-user", "--mount"];
  const argoexec = [
    "resource",
    pod.action,
    ...pod.argumentsAfterAction,
    "--kubeconfig=/tmp/kubeconfig",
    `--namespace=${pod.namespace}`,
  ];
  return [
    "--pdeathsig",
    "KILL",
    "--",
    ...unshare,
    "--",
    "sh",
    "-c",
    PREPARE,
    "sh",
    options.argoexec,
    folder,
    ...argoexec,
  ];
}

function environment(pod: ResourcePod, template: string | undefined): NodeJS.ProcessEnv {
  return {
    ...pod.environment,
    ...(template === undefined ? {} : { ARGO_TEMPLATE: template }),
    PATH: process.env.PATH,
    HOME: "/tmp",
    KUBECONFIG: "/tmp/kubeconfig",
    // Five seconds by default: longer than most of what is waited for here takes.
    RESOURCE_STATE_CHECK_INTERVAL: "500ms",
  };
}

function lastWords(log: string): string {
  return lastLines(log).slice(-3).join("\n");
}
