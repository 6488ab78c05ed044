import type {
  CheckRequest,
  CheckResult,
  ConstructRequest,
  CreateRequest,
  CreateResult,
  DeleteRequest,
  DiffRequest,
  DiffResult,
  EngineLog,
  InvokeRequest,
  Provider,
  ReadRequest,
  ReadResult,
  UpdateRequest,
} from "../protocol/provider.ts";
import { InitializationError } from "../protocol/provider.ts";
import { hasUnknown, type JsonObject, type PropertyMap } from "../protocol/values.ts";
import { NOT_KNOWN_YET } from "../standin/not-known-yet.ts";
import { UnreachableError } from "./api-server.ts";
import { checkObject } from "./check.ts";
import { Cluster } from "./cluster.ts";
import { type Configuration, configurationFailures, parseConfiguration } from "./configuration.ts";
import { construct } from "./construct.ts";
import { diffObject } from "./diff-object.ts";
import { invoke } from "./invoke.ts";
import { readKubeconfig } from "./kubeconfig.ts";
import { annotation, describeGvk, fromId, type Gvk, gvkOf, gvkOfToken, idOf, metadataString } from "./object.ts";
import { OpenApi } from "./openapi.ts";
import { fieldManagerFor, fieldManagerIn, manifestOf, outputsOf, previewOutputs } from "./outputs.ts";
import { OutOfPatience, type Patience } from "./patience.ts";
import type { PreviewOnly } from "./preview-only.ts";
import { driftedInputs, importedInputs } from "./read.ts";
import { explain } from "./refusal.ts";
import { unsupportedKind } from "./unsupported.ts";

/** How long an object may take to become ready or to be gone, where the program sets no customTimeouts. */
const DEFAULT_TIMEOUT_SECONDS = 600;
const WORKLOAD_GROUPS = new Set(["apps", "batch"]);

/** Serves the package `kubernetes` against one cluster by server-side apply. */
export class KubernetesProvider implements Provider {
  readonly #log: EngineLog;
  readonly #cancelled = new AbortController();
  #configuration: Configuration = {};
  #cluster: Cluster | undefined;
  #openApi: OpenApi | undefined;
  /** Serves instead while the cluster itself is only previewed. */
  #previewOnly: PreviewOnly | undefined;

  constructor(log: EngineLog) {
    this.#log = log;
  }

  async checkConfig(inputs: PropertyMap): Promise<CheckResult> {
    const failures = configurationFailures(inputs);
    if (failures.length > 0 || !hasUnknown(inputs)) return { inputs, failures };
    // The cluster is still to be created: its resources are previewed by their declared types.
    const { PreviewOnly } = await import("./preview-only.ts");
    return new PreviewOnly(this.#log).checkConfig(inputs);
  }

  async diffConfig(): Promise<DiffResult> {
    // A changed kubeconfig is taken up in place: its certificates are renewed with every environment.
    return { changes: {} };
  }

  async configure(inputs: PropertyMap): Promise<void> {
    // The whole of it, or the address in a kubeconfig that was put together from a stand-in's answer.
    if (Object.values(inputs).some((value) => typeof value === "string" && value.includes(NOT_KNOWN_YET))) {
      const { PreviewOnly } = await import("./preview-only.ts");
      this.#previewOnly = new PreviewOnly(this.#log);
      await this.#previewOnly.configure(inputs);
      return;
    }
    this.#configuration = parseConfiguration(inputs);
    this.#cluster = new Cluster(readKubeconfig(this.#configuration), this.#configuration.namespace);
    this.#openApi = new OpenApi(this.#cluster.server);
  }

  async check(request: CheckRequest): Promise<CheckResult> {
    if (this.#previewOnly !== undefined) return this.#previewOnly.check(request);
    const refusal = unsupportedKind(request);
    if (refusal !== undefined) return { inputs: request.inputs, failures: [refusal] };
    return checkObject(request, this.#connected(), this.#schemas());
  }

  async diff(request: DiffRequest): Promise<DiffResult> {
    if (this.#previewOnly !== undefined) return this.#previewOnly.diff(request);
    return diffObject(request, this.#connected(), {
      configMaps: this.#configuration.enableConfigMapMutable ?? false,
      secrets: this.#configuration.enableSecretMutable ?? false,
    });
  }

  async create(request: CreateRequest): Promise<CreateResult> {
    if (this.#previewOnly !== undefined) return this.#previewOnly.create(request);
    const { inputs, urn } = request;
    if (request.preview) return { id: "", outputs: await this.#preview(inputs, fieldManagerFor(urn)) };
    const manifest = manifestOf(inputs);
    const manager = fieldManagerFor(urn);
    await this.#refuseStranger(manifest, manager, request);
    return this.#apply(manifest, inputs, manager, request);
  }

  async update(request: UpdateRequest): Promise<PropertyMap> {
    if (this.#previewOnly !== undefined) return this.#previewOnly.update(request);
    const { inputs } = request;
    const manager = fieldManagerIn(request.oldOutputs) ?? fieldManagerFor(request.urn);
    if (request.preview) return this.#preview(inputs, manager);
    return (await this.#apply(manifestOf(inputs), inputs, manager, request)).outputs;
  }

  async read(request: ReadRequest): Promise<ReadResult> {
    const cluster = this.#connected();
    const known = gvkOf(request.inputs).kind !== "" ? gvkOf(request.inputs) : gvkOf(request.outputs);
    const gvk = known.kind === "" ? gvkOfToken(request.type) : known;
    const { namespace, name } = fromId(request.id);
    const live = await cluster.find(gvk, namespace, name, this.#cancelled.signal);
    if (live === undefined) return undefined;
    const manager = fieldManagerIn(request.outputs) ?? fieldManagerFor(request.urn);
    const isImport = Object.keys(request.inputs).length === 0;
    const inputs = isImport ? importedInputs(live) : await driftedInputs(cluster, request.inputs, live, manager);
    return { id: idOf(live), inputs, outputs: outputsOf(live, inputs, manager) };
  }

  async delete(request: DeleteRequest): Promise<void> {
    const gvk = gvkOf(request.outputs);
    const { namespace, name } = fromId(request.id);
    const propagation =
      annotation(request.outputs, "pulumi.com/deletionPropagationPolicy") ??
      (WORKLOAD_GROUPS.has(gvk.group) ? "Foreground" : "Background");
    const timeout = waitSeconds(request.timeoutSeconds, request.outputs);
    try {
      await this.#connected().delete(gvk, namespace, name, title(propagation), this.#patience(request.urn, timeout));
    } catch (error) {
      if (error instanceof UnreachableError && this.#configuration.deleteUnreachable === true) return;
      throw new Error(explain(error, `${describeGvk(gvk)} ${request.id} cannot be deleted`), { cause: error });
    }
  }

  invoke(request: InvokeRequest) {
    return invoke(request);
  }

  construct(request: ConstructRequest) {
    if (this.#previewOnly !== undefined) return this.#previewOnly.construct(request);
    const cluster = this.#connected();
    const isNamespaced = async (gvk: Gvk) => (await cluster.discovery.locate(gvk))?.namespaced;
    return construct(request, { isNamespaced, namespace: cluster.namespace, log: this.#log });
  }

  cancel(): void {
    this.#cancelled.abort(new Error("cancelled"));
    this.#cluster?.close();
  }

  #connected(): Cluster {
    if (this.#cluster === undefined) throw new Error("the kubernetes provider is not configured yet");
    return this.#cluster;
  }

  #schemas(): OpenApi {
    if (this.#openApi === undefined) throw new Error("the kubernetes provider is not configured yet");
    return this.#openApi;
  }

  #patience(urn: string, timeoutSeconds: number): Patience {
    return {
      signal: this.#cancelled.signal,
      timeoutMs: timeoutSeconds * 1000,
      mention: (reason) => {
        void this.#log.status(reason, urn);
        void this.#log.info(reason, urn);
      },
    };
  }

  #force(inputs: PropertyMap): boolean {
    return annotation(inputs, "pulumi.com/patchForce") === "true" || this.#configuration.enablePatchForce === true;
  }

  /** An object that is there already and was not made by this resource is not taken over silently. */
  async #refuseStranger(manifest: JsonObject, manager: string, request: CreateRequest): Promise<void> {
    if (this.#configuration.upsertExistingObjects === true) return;
    const gvk = gvkOf(manifest);
    const namespace = metadataString(request.inputs, "namespace");
    const name = metadataString(request.inputs, "name") ?? "";
    const existing = await this.#connected().find(gvk, namespace, name, this.#cancelled.signal);
    if (existing === undefined) return;
    const metadata = existing.metadata as JsonObject;
    const managers = Array.isArray(metadata.managedFields)
      ? metadata.managedFields.map((entry) => String((entry as JsonObject).manager))
      : [];
    // Left over from an update that was interrupted after the create and before it was recorded.
    if (managers.includes(manager)) return;
    // A namespace that is on its way out is waited for by the apply itself.
    if (metadata.deletionTimestamp !== undefined) return;
    throw new Error(
      `${describeGvk(gvk)} ${idOf(existing)} exists already and is not managed by this resource (its managers: ${[...new Set(managers)].join(", ") || "none"}): ` +
        "if the resource was renamed or moved, give it an alias; else import it (resource option `import`), or set upsertExistingObjects on the provider",
    );
  }

  async #apply(
    manifest: JsonObject,
    inputs: PropertyMap,
    manager: string,
    request: CreateRequest | UpdateRequest,
  ): Promise<CreateResult> {
    const cluster = this.#connected();
    const what = `${describeGvk(gvkOf(manifest))} ${idOf(manifest)}`;
    const patience = this.#patience(request.urn, waitSeconds(request.timeoutSeconds, inputs));
    let applied: { object: JsonObject; warnings: string[] };
    try {
      applied = await cluster.apply(manifest, { fieldManager: manager, force: this.#force(inputs) }, patience);
    } catch (error) {
      throw new Error(error instanceof OutOfPatience ? `${what}: ${error.message}` : explain(error, what), {
        cause: error,
      });
    }
    for (const warning of applied.warnings) await this.#log.warn(warning, request.urn);
    if (annotation(inputs, "pulumi.com/skipAwait") === "true")
      return { id: idOf(applied.object), outputs: outputsOf(applied.object, inputs, manager) };
    try {
      const ready = await cluster.untilReady(applied.object, patience);
      return { id: idOf(ready), outputs: outputsOf(ready, inputs, manager) };
    } catch (error) {
      const reason = `${what} was applied but is not ready: ${error instanceof Error ? error.message : String(error)}`;
      throw new InitializationError(idOf(applied.object), inputs, outputsOf(applied.object, inputs, manager), [reason]);
    }
  }

  /** What the server would make of it: defaults and admission errors. Where it cannot be asked yet, the inputs. */
  async #preview(inputs: PropertyMap, manager: string): Promise<PropertyMap> {
    if (hasUnknown(inputs)) return previewOutputs(inputs);
    const manifest = manifestOf(inputs);
    const dryRun = await this.#connected().dryRun(manifest, { fieldManager: manager, force: this.#force(inputs) });
    if ("refused" in dryRun)
      throw new Error(explain(dryRun.refused, `${describeGvk(gvkOf(manifest))} ${idOf(manifest)}`), {
        cause: dryRun.refused,
      });
    return previewOutputs(inputs, dryRun.object);
  }
}

function waitSeconds(requested: number, object: PropertyMap): number {
  if (requested > 0) return requested;
  const annotated = Number(annotation(object, "pulumi.com/timeoutSeconds"));
  return annotated > 0 ? annotated : DEFAULT_TIMEOUT_SECONDS;
}

function title(policy: string): string {
  return policy.charAt(0).toUpperCase() + policy.slice(1).toLowerCase();
}
