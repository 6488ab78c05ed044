import type { Json, JsonObject } from "../protocol/values.ts";
import { type Gvk, gvkOf } from "./object.ts";

/** Where an object stands on its way to being usable. */
export type Readiness = { state: "ready" } | { state: "waiting"; reason: string } | { state: "failed"; reason: string };

const READY: Readiness = { state: "ready" };
const waiting = (reason: string): Readiness => ({ state: "waiting", reason });

type Rule = (object: JsonObject) => Readiness;

/** The kinds that are waited for; every other object is ready once the server has accepted it. */
const RULES: Record<string, Rule> = {
  "/Namespace": (object) =>
    text(object, "status", "phase") === "Active" ? READY : waiting("the namespace is not active yet"),
  "/Pod": pod,
  // Until what is used is counted, nothing that it limits is let in.
  "/ResourceQuota": (object) =>
    at(object, "status", "hard") === undefined ? waiting("nothing is counted yet") : READY,
  "/PersistentVolumeClaim": (object) =>
    text(object, "status", "phase") === "Lost" ? { state: "failed", reason: "its volume is lost" } : READY,
  "apps/Deployment": deployment,
  "apps/StatefulSet": statefulSet,
  "apps/DaemonSet": daemonSet,
  "apps/ReplicaSet": (object) => replicas(object, "readyReplicas"),
  "batch/Job": job,
  "apiextensions.k8s.io/CustomResourceDefinition": customResourceDefinition,
  "apiregistration.k8s.io/APIService": (object) => condition(object, "Available"),
};

/** The rule for a kind, or undefined when there is nothing to wait for. */
export function readinessRule(gvk: Gvk): Rule | undefined {
  return RULES[`${gvk.group}/${gvk.kind}`];
}

export function readinessOf(object: JsonObject): Readiness {
  return readinessRule(gvkOf(object))?.(object) ?? READY;
}

function deployment(object: JsonObject): Readiness {
  const observed = observedGeneration(object);
  if (observed !== undefined) return observed;
  const progressing = conditions(object).find((entry) => entry.type === "Progressing");
  if (progressing?.status === "False")
    return {
      state: "failed",
      reason: `the rollout does not progress: ${progressing.message ?? progressing.reason ?? "no reason given"}`,
    };
  const wanted = number(object, "spec", "replicas") ?? 1;
  const updated = number(object, "status", "updatedReplicas") ?? 0;
  if (updated < wanted) return waiting(`${updated} of ${wanted} replicas are of the new version`);
  if ((number(object, "status", "replicas") ?? 0) > updated)
    return waiting("replicas of the old version are still there");
  return replicas(object, "availableReplicas");
}

function statefulSet(object: JsonObject): Readiness {
  const observed = observedGeneration(object);
  if (observed !== undefined) return observed;
  const wanted = number(object, "spec", "replicas") ?? 1;
  const updated = number(object, "status", "updatedReplicas") ?? 0;
  if (updated < wanted) return waiting(`${updated} of ${wanted} replicas are of the new version`);
  return replicas(object, "readyReplicas");
}

function daemonSet(object: JsonObject): Readiness {
  const observed = observedGeneration(object);
  if (observed !== undefined) return observed;
  const wanted = number(object, "status", "desiredNumberScheduled") ?? 0;
  const available = number(object, "status", "numberAvailable") ?? 0;
  return available < wanted ? waiting(`${available} of ${wanted} nodes run it`) : READY;
}

function replicas(object: JsonObject, counter: "readyReplicas" | "availableReplicas"): Readiness {
  const wanted = number(object, "spec", "replicas") ?? 1;
  const have = number(object, "status", counter) ?? 0;
  return have < wanted ? waiting(`${have} of ${wanted} replicas are ready`) : READY;
}

function pod(object: JsonObject): Readiness {
  const phase = text(object, "status", "phase");
  if (phase === "Succeeded") return READY;
  if (phase === "Failed")
    return {
      state: "failed",
      reason: `the pod failed: ${text(object, "status", "message") ?? text(object, "status", "reason") ?? "no reason given"}`,
    };
  return condition(object, "Ready");
}

function job(object: JsonObject): Readiness {
  if (at(object, "spec", "suspend") === true) return READY;
  const failed = conditions(object).find((entry) => entry.type === "Failed" && entry.status === "True");
  if (failed !== undefined)
    return { state: "failed", reason: `the job failed: ${failed.message ?? failed.reason ?? "no reason given"}` };
  return condition(object, "Complete");
}

function customResourceDefinition(object: JsonObject): Readiness {
  const names = conditions(object).find((entry) => entry.type === "NamesAccepted");
  if (names?.status === "False")
    return {
      state: "failed",
      reason: `its names are refused: ${names.message ?? "they are taken by another definition"}`,
    };
  return condition(object, "Established");
}

function condition(object: JsonObject, type: string): Readiness {
  const found = conditions(object).find((entry) => entry.type === type);
  if (found?.status === "True") return READY;
  return waiting(found?.message || found?.reason || `condition ${type} is not reported yet`);
}

function observedGeneration(object: JsonObject): Readiness | undefined {
  const generation = number(object, "metadata", "generation") ?? 0;
  return (number(object, "status", "observedGeneration") ?? 0) < generation
    ? waiting("its controller has not seen it yet")
    : undefined;
}

interface Condition {
  type?: string;
  status?: string;
  reason?: string;
  message?: string;
}

function conditions(object: JsonObject): Condition[] {
  const list = at(object, "status", "conditions");
  return Array.isArray(list)
    ? (list.filter((entry) => typeof entry === "object" && entry !== null) as Condition[])
    : [];
}

function at(object: JsonObject, ...path: string[]): Json | undefined {
  let value: Json | undefined = object;
  for (const key of path) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    value = value[key];
  }
  return value;
}

function text(object: JsonObject, ...path: string[]): string | undefined {
  const value = at(object, ...path);
  return typeof value === "string" ? value : undefined;
}

function number(object: JsonObject, ...path: string[]): number | undefined {
  const value = at(object, ...path);
  return typeof value === "number" ? value : undefined;
}
