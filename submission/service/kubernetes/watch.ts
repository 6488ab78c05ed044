import { setTimeout as delay } from "node:timers/promises";
import { type CustomObjectsApi, Watch } from "@kubernetes/client-node";
import { z } from "zod";
import { OutageLog } from "../outage-log.ts";
import { httpStatus, serverMessage } from "./api-errors.ts";
import type { Connection } from "./connection.ts";
import { hasEnded, type WorkflowObject, workflow as workflowObject } from "./objects.ts";
import type { WorkflowWatcher } from "./workflows.ts";

export const ARGO_WORKFLOWS = { group: "argoproj.io", version: "v1alpha1", plural: "workflows" } as const;

/** Of one list request: an object may have a MiB. */
const PAGE = 100;
const OURS = "submission_id";
/** How long the server keeps one watch open; a quiet one is told by bookmarks, about one a minute, that it is still alive. */
const WATCH_SECONDS = 300;

export interface WatchSettings {
  readonly connection: Connection;
  readonly api: CustomObjectsApi;
  readonly namespaces: readonly string[];
  readonly watcher: WorkflowWatcher;
  readonly signal: AbortSignal;
  readonly onTrouble?: (message: string) => void;
}

/** Rights are given in each team's namespace, so each is a watch of its own. */
export function watchNamespaces(settings: WatchSettings): void {
  let unlisted = settings.namespaces.length;
  const onListed = () => {
    unlisted -= 1;
    if (unlisted === 0) settings.watcher.onListed();
  };
  for (const namespace of settings.namespaces) void new NamespaceWatch(settings, namespace, onListed).run();
}

const listed = z.object({
  metadata: z.object({ resourceVersion: z.string(), continue: z.string().optional() }),
  items: z.array(z.unknown()),
});
const bookmark = z.object({ metadata: z.object({ resourceVersion: z.string() }) });

/** The version a watch began at is too old: everything has to be listed again. */
class Expired extends Error {}

class NamespaceWatch {
  readonly #settings: WatchSettings;
  readonly #namespace: string;
  #onListed: (() => void) | undefined;
  /** By uid: what a new list no longer has was deleted meanwhile. */
  readonly #known = new Map<string, WorkflowObject>();
  #version: string | undefined;
  readonly #outage: OutageLog;

  constructor(settings: WatchSettings, namespace: string, onListed: () => void) {
    this.#settings = settings;
    this.#namespace = namespace;
    this.#onListed = onListed;
    this.#outage = new OutageLog(`the watch of Workflows in ${namespace}`, (message) => this.#trouble(message));
  }

  async run(): Promise<void> {
    const { signal } = this.#settings;
    for (let failures = 0; !signal.aborted; ) {
      try {
        if (this.#version === undefined) this.#version = await this.#list();
        await this.#follow(this.#version);
        this.#outage.worked();
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof Expired || httpStatus(error) === 410) {
          this.#version = undefined;
        } else {
          this.#outage.failed(serverMessage(error));
        }
        failures += 1;
        await delay(pause(failures), undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** @returns the version of the whole list */
  async #list(): Promise<string> {
    const { api, connection } = this.#settings;
    const gone = new Set(this.#known.keys());
    let from: string | undefined;
    for (;;) {
      const page = listed.parse(
        await api.listNamespacedCustomObject(
          { ...ARGO_WORKFLOWS, namespace: this.#namespace, labelSelector: OURS, limit: PAGE, _continue: from },
          connection.request({ timeoutMillis: 60_000 }),
        ),
      );
      for (const item of page.items) {
        const workflow = this.#seen(item);
        if (workflow !== undefined) gone.delete(workflow.metadata.uid);
      }
      from = page.metadata.continue;
      if (!from) {
        for (const uid of gone) this.#gone(uid);
        this.#onListed?.();
        this.#onListed = undefined;
        this.#outage.worked();
        return page.metadata.resourceVersion;
      }
    }
  }

  /** Until the server ends the watch, which it does in good order too. */
  #follow(version: string): Promise<void> {
    const { connection, signal } = this.#settings;
    const path = `/apis/${ARGO_WORKFLOWS.group}/${ARGO_WORKFLOWS.version}/namespaces/${this.#namespace}/${ARGO_WORKFLOWS.plural}`;
    const query = {
      resourceVersion: version,
      labelSelector: OURS,
      allowWatchBookmarks: true,
      timeoutSeconds: WATCH_SECONDS,
    };
    return new Promise((resolve, reject) => {
      let problem: unknown;
      const opened = new Watch(connection.kubeConfig).watch(
        path,
        query,
        (type, object: unknown) => {
          // The client swallows what is thrown here.
          try {
            this.#event(type, object);
          } catch (error) {
            problem ??= error;
            stop();
          }
        },
        (error: unknown) => {
          signal.removeEventListener("abort", stop);
          const cause = problem ?? (isQuiet(error) ? undefined : error);
          if (cause === undefined) resolve();
          else reject(cause);
        },
      );
      const stop = () => void opened.then((request) => request.abort(), reject);
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
      opened.catch(reject);
    });
  }

  #event(type: string, object: unknown): void {
    if (type === "ERROR") {
      const { code } = z.object({ code: z.number().optional() }).parse(object);
      if (code === 410) throw new Expired();
      throw new Error(`the API server ended it: ${JSON.stringify(object).slice(0, 300)}`);
    }
    if (type === "DELETED") {
      const workflow = this.#seen(object, false);
      if (workflow !== undefined) this.#gone(workflow.metadata.uid);
    } else if (type !== "BOOKMARK") {
      this.#seen(object);
    }
    this.#version = bookmark.parse(object).metadata.resourceVersion;
    this.#outage.worked();
  }

  #seen(object: unknown, tell = true): WorkflowObject | undefined {
    const read = workflowObject.safeParse(object);
    if (!read.success) {
      this.#trouble(`a Workflow in ${this.#namespace} cannot be read: ${z.prettifyError(read.error)}`);
      return undefined;
    }
    this.#known.set(read.data.metadata.uid, hasEnded(read.data) ? withoutNodes(read.data) : read.data);
    if (tell) this.#settings.watcher.onWorkflow(read.data);
    return read.data;
  }

  #gone(uid: string): void {
    const last = this.#known.get(uid);
    this.#known.delete(uid);
    if (last !== undefined) this.#settings.watcher.onDeleted(last);
  }

  #trouble(message: string): void {
    this.#settings.onTrouble?.(message);
  }
}

/** Of a run that is over only its end is remembered: it stays in the cluster for weeks. */
function withoutNodes({ metadata, spec, status }: WorkflowObject): WorkflowObject {
  const { nodes: _, compressedNodes: _compressed, ...end } = status;
  return { metadata, spec: { ...spec, templates: [] }, status: end };
}

/** Nothing was heard for half a minute, which the client takes for an end: a quiet namespace is no trouble. */
const isQuiet = (error: unknown) =>
  error === null || error === undefined || (error instanceof DOMException && error.name === "TimeoutError");

/** Milliseconds, growing to half a minute, not in step with other watches. */
const pause = (failures: number) => Math.min(30_000, 250 * 2 ** Math.min(failures, 7)) * (0.5 + Math.random() / 2);
