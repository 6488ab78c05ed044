import { CoreV1Api, CustomObjectsApi, KubeConfig, type V1Pod } from "@kubernetes/client-node";
import { type Compiled, compile, type Workflow } from "../../submission/compile/index.ts";
import { check, localProfile, type PlatformProfile } from "../../submission/spec/index.ts";

export const profile = localProfile();
export const NAMESPACE = "team-research";

export interface NodeState {
  readonly id: string;
  readonly name: string;
  readonly displayName: string;
  readonly type: string;
  readonly phase: string;
  readonly message?: string;
  readonly hostNodeName?: string;
  readonly children?: readonly string[];
}

export interface WorkflowState {
  readonly phase?: string;
  readonly message?: string;
  readonly nodes?: Readonly<Record<string, NodeState>>;
  readonly [field: string]: unknown;
}

let number = 0;

/** A DAG document, compiled for a submission of its own. */
export function compiledDag(dag: object, using: PlatformProfile = profile): Compiled {
  const submissionId = `compile-${Date.now().toString(36)}-${++number}`;
  const params = { submission_id: submissionId, env: "staging", labels: {}, secrets_scope: [], ttl_days: 1 };
  const checked = check({
    dag: { text: JSON.stringify({ version: 1, pipeline_id: "compile-test", ...dag }), source: "dag.json" },
    params: { text: JSON.stringify(params), source: "params.json" },
    profile: using,
  });
  if (!checked.ok) throw new Error(JSON.stringify(checked.diagnostics, undefined, 1));
  const result = compile(checked.submission, using);
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics, undefined, 1));
  return result;
}

interface Named {
  readonly apiVersion: string;
  readonly kind: string;
}

export class Cluster {
  readonly #custom: CustomObjectsApi;
  readonly #core: CoreV1Api;

  constructor(kubeconfig: string) {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    this.#custom = config.makeApiClient(CustomObjectsApi);
    this.#core = config.makeApiClient(CoreV1Api);
  }

  /** Asks the API server whether it would take the object, unknown fields not allowed; throws its reasons when not. */
  async accepts(object: Named): Promise<void> {
    await this.#custom.createNamespacedCustomObject({
      ...place(object),
      body: object,
      dryRun: "All",
      fieldValidation: "Strict",
    });
  }

  async create(object: Named): Promise<void> {
    await this.#custom.createNamespacedCustomObject({ ...place(object), body: object });
  }

  async delete(apiVersion: string, kind: string, name: string): Promise<void> {
    await this.#custom.deleteNamespacedCustomObject({ ...place({ apiVersion, kind }), name });
  }

  async submit(workflow: Workflow): Promise<void> {
    await this.#custom.createNamespacedCustomObject({ ...place(workflow), body: workflow, fieldValidation: "Strict" });
  }

  async read<T extends object>(apiVersion: string, kind: string, name: string): Promise<T> {
    return (await this.#custom.getNamespacedCustomObject({ ...place({ apiVersion, kind }), name })) as T;
  }

  async state(name: string): Promise<WorkflowState> {
    const { status } = await this.read<{ status?: WorkflowState }>("argoproj.io/v1alpha1", "Workflow", name);
    return status ?? {};
  }

  /** The state once the Workflow has ended. */
  async ended(name: string): Promise<WorkflowState> {
    return this.until(async () => {
      const state = await this.state(name);
      return ["Succeeded", "Failed", "Error"].includes(state.phase ?? "") ? state : undefined;
    }, `the end of ${name}`);
  }

  async pods(submissionId: string): Promise<readonly V1Pod[]> {
    const list = await this.#core.listNamespacedPod({
      namespace: NAMESPACE,
      labelSelector: `submission_id=${submissionId}`,
    });
    return list.items;
  }

  async deletePod(name: string): Promise<void> {
    await this.#core.deleteNamespacedPod({ name, namespace: NAMESPACE, gracePeriodSeconds: 0 });
  }

  async remove(workflow: Workflow): Promise<void> {
    await this.#custom.deleteNamespacedCustomObject({ ...place(workflow), name: workflow.metadata.name });
  }

  /** What `look` finds, once it finds something. */
  async until<T>(look: () => Promise<T | undefined>, what: string, timeoutMillis = 120_000): Promise<T> {
    const deadline = Date.now() + timeoutMillis;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (Date.now() > deadline) throw new Error(`timed out: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

function place({ apiVersion, kind }: Named): { group: string; version: string; namespace: string; plural: string } {
  const [group = "", version = ""] = apiVersion.split("/");
  return { group, version, namespace: NAMESPACE, plural: `${kind.toLowerCase()}s` };
}

/** The attempts at a node in the order they were made: its pods, through whatever retries are around them. */
export function attemptsAt(state: WorkflowState, task: string): readonly NodeState[] {
  const path = new RegExp(`\\.${task}(\\(\\d+\\)(\\.try)?)*$`);
  const numbers = (name: string): string =>
    [...name.matchAll(/\((\d+)\)/g)].map(([, each]) => (each ?? "").padStart(3, "0")).join("/");
  return Object.values(state.nodes ?? {})
    .filter(({ name, type }) => type === "Pod" && path.test(name))
    .sort((a, b) => (numbers(a.name) < numbers(b.name) ? -1 : 1));
}

/** The same Workflow with annotations on its custom resources: what the simulated operators do with them. */
export function simulatingResources(workflow: Workflow, annotations: Readonly<Record<string, string>>): Workflow {
  const templates = workflow.spec.templates.map((each) => {
    if (each.resource === undefined) return each;
    const given = `"metadata":{"annotations":${JSON.stringify(annotations)},`;
    return { ...each, resource: { ...each.resource, manifest: each.resource.manifest.replace('"metadata":{', given) } };
  });
  return { ...workflow, spec: { ...workflow.spec, templates } };
}

/** The same Workflow with annotations on the pods of one template: what the simulated nodes do with them. */
export function simulating(
  workflow: Workflow,
  template: string,
  annotations: Readonly<Record<string, string>>,
): Workflow {
  const templates = workflow.spec.templates.map((each) =>
    each.name === template ? { ...each, metadata: { ...each.metadata, annotations: { ...annotations } } } : each,
  );
  return { ...workflow, spec: { ...workflow.spec, templates } };
}
