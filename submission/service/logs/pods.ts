import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { CoreV1Api, type KubeConfig, Log } from "@kubernetes/client-node";
import type { PlatformProfile } from "../../spec/index.ts";
import { httpStatus, serverMessage } from "../kubernetes/api-errors.ts";
import { follow } from "../status/follow.ts";
import { NoSuchRun } from "../status/no-such-run.ts";
import type { NodeSnapshot } from "../status/snapshot.ts";
import type { StatusReader } from "../status/status.ts";
import { Unavailable } from "../unavailable.ts";
import type { LogLine, LogQuery, LogReader } from "./logs.ts";

export interface PodLogsOptions {
  readonly kubeConfig: KubeConfig;
  readonly profile: PlatformProfile;
  /** What is known of nodes whose Workflow is gone. */
  readonly status: StatusReader;
}

/** Argo's name of the container that runs the user's image. */
const MAIN = "main";
const GONE = "its pod is gone; an archived log, where the platform keeps one, is in its log store";

/** Logs of the pods that are there; in place of one that is not, a line says why. */
export class PodLogs implements LogReader {
  readonly #options: PodLogsOptions;

  constructor(options: PodLogsOptions) {
    this.#options = options;
  }

  async *read(query: LogQuery, signal: AbortSignal): AsyncIterable<LogLine> {
    const { kubeConfig, profile } = this.#options;
    const ended = new AbortController();
    const both = AbortSignal.any([signal, ended.signal]);
    const told = new Set<string>();
    let live = false;
    try {
      for await (const run of follow({ kubeConfig, profile, ...query, signal: both })) {
        live = true;
        const nodes = run.nodes.filter(({ node }) => query.node === undefined || node === query.node);
        for (const node of nodes) {
          const key = `${node.node}/${node.attempts}`;
          if (told.has(key) || !hasStarted(node)) continue;
          told.add(key);
          yield* this.#node(node, query, both);
        }
        if (!query.follow || nodes.every(({ state }) => !OPEN.has(state))) return;
      }
    } catch (error) {
      // Without a Workflow there is nothing to follow; whatever else is wrong is told.
      if (live || both.aborted || !(error instanceof NoSuchRun)) throw error;
      yield* this.#withoutWorkflow(query);
    } finally {
      ended.abort();
    }
  }

  async *#node(node: NodeSnapshot, { namespace, follow }: LogQuery, signal: AbortSignal): AsyncIterable<LogLine> {
    const line = (text: string): LogLine => ({ node: node.node, attempt: node.attempts, text });
    const notice = (text: string): LogLine => ({ ...line(text), notice: true });
    if (node.simulated) {
      yield notice("simulated, nothing ran and there is no log");
      return;
    }
    if (node.podName === undefined) {
      yield notice(GONE);
      return;
    }
    try {
      const lines = follow ? this.#stream(namespace, node.podName, signal) : this.#whole(namespace, node.podName);
      for await (const text of lines) yield line(text);
    } catch (error) {
      if (httpStatus(error) === 404) yield notice(GONE);
      else throw new Unavailable("kubernetes", `the log of ${node.node} cannot be read: ${serverMessage(error)}`);
    }
  }

  async *#whole(namespace: string, name: string): AsyncIterable<string> {
    const api = this.#options.kubeConfig.makeApiClient(CoreV1Api);
    const text = await api.readNamespacedPodLog({ namespace, name, container: MAIN });
    if (text) yield* text.replace(/\n$/, "").split("\n");
  }

  async *#stream(namespace: string, podName: string, signal: AbortSignal): AsyncIterable<string> {
    const stream = new PassThrough();
    const request = await new Log(this.#options.kubeConfig).log(namespace, podName, MAIN, stream, { follow: true });
    const stop = () => request.abort();
    signal.addEventListener("abort", stop, { once: true });
    try {
      yield* createInterface(stream);
    } finally {
      signal.removeEventListener("abort", stop);
      request.abort();
    }
  }

  async *#withoutWorkflow({ submissionId, node: wanted }: LogQuery): AsyncIterable<LogLine> {
    const status = await this.#options.status.status(submissionId);
    for (const { node, attempt } of status?.nodes ?? []) {
      if (attempt > 0 && (wanted === undefined || node === wanted)) yield { node, attempt, text: GONE, notice: true };
    }
  }
}

const OPEN: ReadonlySet<NodeSnapshot["state"]> = new Set(["Waiting", "Queued", "Scheduling", "Running"]);

const hasStarted = ({ attempts, startedAt, finishedAt }: NodeSnapshot): boolean =>
  attempts > 0 && (startedAt !== undefined || finishedAt !== undefined);
