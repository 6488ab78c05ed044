import { CustomObjectsApi, PatchStrategy } from "@kubernetes/client-node";
import { z } from "zod";
import { MANIFEST_DIGEST } from "../../compile/index.ts";
import { Unavailable } from "../unavailable.ts";
import { failure } from "./answer.ts";
import { httpStatus } from "./api-errors.ts";
import type { Connection } from "./connection.ts";
import { type WorkflowObject, workflow as workflowObject } from "./objects.ts";
import { ARGO_WORKFLOWS, watchNamespaces } from "./watch.ts";
import type { Created, Workflows, WorkflowWatcher } from "./workflows.ts";

const annotated = z.object({ metadata: z.object({ annotations: z.record(z.string(), z.string()).default({}) }) });

export interface ArgoWorkflowsOptions {
  readonly connection: Connection;
  /** The teams'; the first is the one that is asked whether anything can be asked. */
  readonly namespaces: readonly [string, ...string[]];
  /** What the watch stumbled over and goes on after. Default: nobody is told. */
  readonly onTrouble?: (message: string) => void;
}

/** Workflows as Argo's custom resources. */
export class ArgoWorkflows implements Workflows {
  readonly #options: ArgoWorkflowsOptions;
  readonly #api: CustomObjectsApi;

  constructor(options: ArgoWorkflowsOptions) {
    this.#options = options;
    this.#api = options.connection.kubeConfig.makeApiClient(CustomObjectsApi);
  }

  async create(namespace: string, manifest: string, manifestDigest: string): Promise<Created> {
    const { connection } = this.#options;
    try {
      await this.#api.createNamespacedCustomObject(
        { ...ARGO_WORKFLOWS, namespace, body: {}, fieldManager: "orch", fieldValidation: "Strict" },
        connection.request({ body: manifest, answer: "metadata", timeoutMillis: 30_000 }),
      );
      return "created";
    } catch (error) {
      if (httpStatus(error) !== 409) throw failure(error, `create a Workflow in ${namespace}`);
    }
    const { metadata } = z.object({ metadata: z.object({ name: z.string() }) }).parse(JSON.parse(manifest));
    const existing = await this.#digestOf(namespace, metadata.name);
    return existing === manifestDigest ? "exists" : "other";
  }

  async #digestOf(namespace: string, name: string): Promise<string | undefined> {
    const doing = `read Workflow ${namespace}/${name}`;
    try {
      const found = await this.#api.getNamespacedCustomObject(
        { ...ARGO_WORKFLOWS, namespace, name },
        this.#options.connection.request({ answer: "metadata" }),
      );
      return annotated.parse(found).metadata.annotations[MANIFEST_DIGEST];
    } catch (error) {
      // Deleted since: whether it was this submission's is for the audit log to say, when the job comes again.
      if (httpStatus(error) === 404) throw new Unavailable("kubernetes", `could not ${doing}: it was just deleted`);
      throw failure(error, doing);
    }
  }

  async get(namespace: string, name: string): Promise<WorkflowObject | undefined> {
    try {
      const { connection } = this.#options;
      const place = { ...ARGO_WORKFLOWS, namespace, name };
      return workflowObject.parse(await this.#api.getNamespacedCustomObject(place, connection.request()));
    } catch (error) {
      if (httpStatus(error) === 404) return undefined;
      throw failure(error, `read Workflow ${namespace}/${name}`);
    }
  }

  async cancel(namespace: string, name: string): Promise<void> {
    try {
      const headers = { "Content-Type": PatchStrategy.MergePatch };
      await this.#api.patchNamespacedCustomObject(
        { ...ARGO_WORKFLOWS, namespace, name, body: { spec: { shutdown: "Terminate" } }, fieldManager: "orch" },
        this.#options.connection.request({ answer: "metadata", headers }),
      );
    } catch (error) {
      if (httpStatus(error) !== 404) throw failure(error, `cancel Workflow ${namespace}/${name}`);
    }
  }

  watch(watcher: WorkflowWatcher, signal: AbortSignal): void {
    watchNamespaces({ ...this.#options, api: this.#api, watcher, signal });
  }

  async ready(): Promise<void> {
    const { connection, namespaces } = this.#options;
    try {
      // Nothing matches: even the metadata of one Workflow of a thousand nodes would be half a megabyte of managed fields.
      const none = { ...ARGO_WORKFLOWS, namespace: namespaces[0], labelSelector: "orch.dev/none=none" };
      await this.#api.listNamespacedCustomObject(
        none,
        connection.request({ answer: "list of metadata", timeoutMillis: 2_000 }),
      );
    } catch (error) {
      throw new Unavailable("kubernetes", failure(error, `list Workflows in ${namespaces[0]}`).message, {
        cause: error,
      });
    }
  }
}
