import type { JsonObject } from "../protocol/values.ts";
import { ApiError, ApiServer } from "./api-server.ts";
import { Discovery, type KindLocation, pathOf } from "./discovery.ts";
import type { Connection } from "./kubeconfig.ts";
import { describeGvk, type Gvk, gvkOf } from "./object.ts";
import { type Attempt, OutOfPatience, type Patience, retry } from "./patience.ts";
import { readinessOf, readinessRule } from "./readiness.ts";
import { explain, refusalOf } from "./refusal.ts";

/** How long one apply may wait for what it depends on, in milliseconds. */
const KIND_TIMEOUT_MS = 60_000;
const NAMESPACE_TIMEOUT_MS = 30_000;
const WEBHOOK_TIMEOUT_MS = 180_000;

export interface ApplyOptions {
  fieldManager: string;
  /** Take over fields that other managers own. */
  force: boolean;
  dryRun?: boolean;
}
export interface Applied {
  object: JsonObject;
  warnings: string[];
}

/** The operations on one cluster that resources are made of. */
export class Cluster {
  readonly server: ApiServer;
  readonly discovery: Discovery;
  /** The namespace of objects that name none. */
  readonly namespace: string;

  constructor(connection: Connection, namespace: string | undefined) {
    this.server = new ApiServer(connection);
    this.discovery = new Discovery(this.server);
    this.namespace = namespace ?? connection.namespace ?? "default";
  }

  /** The object as it stands, or undefined when it (or its kind) is not there. */
  async find(
    gvk: Gvk,
    namespace: string | undefined,
    name: string,
    signal?: AbortSignal,
  ): Promise<JsonObject | undefined> {
    const location = await this.discovery.locate(gvk);
    if (location === undefined) return undefined;
    try {
      return (await this.server.request(pathOf(location, namespace ?? this.namespace, name), { signal })).body;
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return undefined;
      throw error;
    }
  }

  /** Server-side apply, once. */
  async applyOnce(
    location: KindLocation,
    object: JsonObject,
    options: ApplyOptions,
    signal?: AbortSignal,
  ): Promise<Applied> {
    const metadata = object.metadata as JsonObject;
    const { body, warnings } = await this.server.request(
      pathOf(location, String(metadata.namespace ?? this.namespace), String(metadata.name)),
      {
        method: "PATCH",
        contentType: "application/apply-patch+yaml",
        body: object,
        signal,
        query: {
          fieldManager: options.fieldManager,
          fieldValidation: "Strict",
          ...(options.force ? { force: "true" } : {}),
          ...(options.dryRun === true ? { dryRun: "All" } : {}),
        },
      },
    );
    return { object: body, warnings };
  }

  /**
   * Server-side apply that waits for what may still be coming up: the kind's definition, the namespace, a webhook's server.
   *
   * @throws OutOfPatience naming what did not come up
   * @throws ApiError for any other refusal
   */
  async apply(object: JsonObject, options: ApplyOptions, patience: Patience): Promise<Applied> {
    const gvk = gvkOf(object);
    const start = Date.now();
    const within = (limitMs: number, reason: string, error?: ApiError): Attempt<Applied> => {
      if (Date.now() - start > Math.min(limitMs, patience.timeoutMs))
        throw error ?? new OutOfPatience(reason, Math.min(limitMs, patience.timeoutMs));
      return { waitFor: reason };
    };
    return retry(async () => {
      const location = await this.discovery.locate(gvk);
      if (location === undefined) return within(KIND_TIMEOUT_MS, kindMissing(gvk));
      try {
        return { value: await this.applyOnce(location, object, options, patience.signal) };
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        const message = explain(error, "waiting");
        switch (refusalOf(error)) {
          case "webhook-down":
            return within(WEBHOOK_TIMEOUT_MS, message, error);
          case "kind-missing":
            return within(KIND_TIMEOUT_MS, kindMissing(gvk));
          case "namespace-missing":
          case "namespace-ending":
            return within(NAMESPACE_TIMEOUT_MS, message, error);
          default:
            throw error;
        }
      }
    }, patience);
  }

  /**
   * What server-side apply would make of an object. Without an answer where it cannot say yet: its kind, its namespace
   * or a webhook is still to come.
   */
  async dryRun(
    object: JsonObject,
    options: ApplyOptions,
  ): Promise<{ object: JsonObject | undefined } | { refused: ApiError }> {
    const location = await this.discovery.locate(gvkOf(object));
    if (location === undefined) return { object: undefined };
    try {
      return { object: (await this.applyOnce(location, object, { ...options, dryRun: true })).object };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const passing = ["webhook-down", "namespace-missing", "namespace-ending", "kind-missing"].includes(
        refusalOf(error),
      );
      // A webhook with side effects refuses dry runs; that says nothing about the object.
      if (passing || error.message.includes("does not support dry run")) return { object: undefined };
      return { refused: error };
    }
  }

  /** Waits until the object is usable (a deployment available, a CRD established) and answers its last state. */
  async untilReady(object: JsonObject, patience: Patience): Promise<JsonObject> {
    const gvk = gvkOf(object);
    if (readinessRule(gvk) === undefined) return object;
    const metadata = object.metadata as JsonObject;
    let current = object;
    return retry<JsonObject>(async () => {
      const readiness = readinessOf(current);
      if (readiness.state === "ready") return { value: current };
      if (readiness.state === "failed") throw new Error(readiness.reason);
      const namespace = metadata.namespace === undefined ? undefined : String(metadata.namespace);
      const found = await this.find(gvk, namespace, String(metadata.name), patience.signal);
      if (found === undefined) throw new Error("it was deleted while it was waited for");
      current = found;
      const now = readinessOf(current);
      return now.state === "ready"
        ? { value: current }
        : { waitFor: now.state === "failed" ? now.reason : readiness.reason };
    }, patience);
  }

  /** Deletes an object and waits until it is really gone; one that is gone already is fine. */
  async delete(
    gvk: Gvk,
    namespace: string | undefined,
    name: string,
    propagation: string,
    patience: Patience,
  ): Promise<void> {
    const location = await this.discovery.locate(gvk);
    if (location === undefined) return;
    const path = pathOf(location, namespace ?? this.namespace, name);
    let uid: string | undefined;
    await retry<true>(async () => {
      try {
        const { body } = await this.server.request(path, {
          method: uid === undefined ? "DELETE" : "GET",
          signal: patience.signal,
          ...(uid === undefined
            ? { body: { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: propagation } }
            : {}),
        });
        const found = body.metadata as JsonObject | undefined;
        // Some kinds are gone at once: then the answer is a Status, not the object.
        if (body.kind === "Status") uid = String((body.details as JsonObject | undefined)?.uid ?? "gone");
        else if (uid === undefined || uid === "gone") uid = String(found?.uid ?? "gone");
        else if (found?.uid !== uid) return { value: true };
        return { waitFor: endingReason(gvk, name, body) };
      } catch (error) {
        if (error instanceof ApiError && error.code === 404) return { value: true };
        if (error instanceof ApiError && refusalOf(error) === "webhook-down")
          return { waitFor: explain(error, "waiting") };
        throw error;
      }
    }, patience);
  }

  close(): void {
    this.server.close();
  }
}

function kindMissing(gvk: Gvk): string {
  return `the API server does not serve ${describeGvk(gvk)}: its CustomResourceDefinition is not there; create it first (dependsOn) or correct apiVersion and kind`;
}

function endingReason(gvk: Gvk, name: string, body: JsonObject): string {
  const metadata = body.metadata as JsonObject | undefined;
  const finalizers = [metadata?.finalizers, (body.spec as JsonObject | undefined)?.finalizers]
    .flat()
    .filter((entry) => typeof entry === "string");
  const conditions = (body.status as JsonObject | undefined)?.conditions;
  const remaining = Array.isArray(conditions)
    ? conditions
        .filter((entry) => (entry as JsonObject).status === "True")
        .map((entry) => String((entry as JsonObject).message))
    : [];
  const detail = [...(finalizers.length > 0 ? [`finalizers ${finalizers.join(", ")}`] : []), ...remaining].join("; ");
  return `${gvk.kind} ${name} is not gone yet${detail === "" ? "" : `: ${detail}`}`;
}
