import { isDeepStrictEqual } from "node:util";
import type { CheckFailure, CheckRequest, CheckResult } from "../protocol/provider.ts";
import { hasUnknown, type PropertyMap, Secret } from "../protocol/values.ts";
import { ApiError } from "./api-server.ts";
import type { Cluster } from "./cluster.ts";
import { autoname } from "./naming.ts";
import { type Gvk, gvkOf, isUnknownIn, metadataString, withMetadata } from "./object.ts";
import { fieldErrors, type OpenApi } from "./openapi.ts";
import { packSchemas, unpackSchemas } from "./packing.ts";

/**
 * Completes an object's inputs (name, namespace) and finds what its kind does not know, by the schemas the API server
 * itself publishes. Inputs that equal the last ones were checked then and cost no request now.
 */
export async function checkObject(request: CheckRequest, cluster: Cluster, schemas: OpenApi): Promise<CheckResult> {
  const gvk = gvkOf(request.inputs);
  const failures = identityFailures(request.inputs, gvk);
  if (failures.length > 0) return { inputs: request.inputs, failures };

  const named = packSchemas(hideSecretData(autoname(request.inputs, request)));
  const likeBefore = adoptNamespace(named, request.oldInputs);
  if (isDeepStrictEqual(likeBefore, request.oldInputs)) return { inputs: likeBefore };

  const inputs = await withNamespace(named, gvk, cluster, request.oldInputs);
  if (hasUnknown(inputs.apiVersion) || hasUnknown(inputs.kind)) return { inputs };
  try {
    const found = await schemas.find(gvk);
    return {
      inputs,
      failures: found === undefined ? [] : fieldErrors(unpackSchemas(inputs), found.schema, found.schemas),
    };
  } catch (error) {
    // A user who may not read the schemas can still apply: the server checks the fields again then.
    if (error instanceof ApiError && (error.code === 403 || error.code === 401)) return { inputs };
    throw error;
  }
}

function identityFailures(inputs: PropertyMap, gvk: Gvk): CheckFailure[] {
  const failures: CheckFailure[] = [];
  if (gvk.version === "" && !hasUnknown(inputs.apiVersion))
    failures.push({ property: "apiVersion", reason: 'an object needs an apiVersion, e.g. "v1" or "apps/v1"' });
  if (gvk.kind === "" && !hasUnknown(inputs.kind))
    failures.push({ property: "kind", reason: 'an object needs a kind, e.g. "ConfigMap"' });
  if (metadataString(inputs, "name") === undefined && metadataString(inputs, "generateName") !== undefined) {
    failures.push({
      property: "metadata.generateName",
      reason: "server-side apply needs a name: leave out generateName, a unique name is then made from the resource's",
    });
  }
  return failures;
}

/** A Secret's data is secret even where the program did not say so. */
function hideSecretData(inputs: PropertyMap): PropertyMap {
  if (inputs.kind !== "Secret" || inputs.apiVersion !== "v1") return inputs;
  const hidden = { ...inputs };
  for (const key of ["data", "stringData"]) {
    const value = inputs[key];
    if (value !== undefined && value !== null && !(value instanceof Secret)) hidden[key] = new Secret(value);
  }
  return hidden;
}

function adoptNamespace(inputs: PropertyMap, oldInputs: PropertyMap): PropertyMap {
  const namespace = metadataString(oldInputs, "namespace");
  const sameKind = inputs.apiVersion === oldInputs.apiVersion && inputs.kind === oldInputs.kind;
  if (
    namespace === undefined ||
    !sameKind ||
    metadataString(inputs, "namespace") !== undefined ||
    isUnknownIn(inputs, "namespace")
  )
    return inputs;
  return withMetadata(inputs, { namespace });
}

async function withNamespace(
  inputs: PropertyMap,
  gvk: Gvk,
  cluster: Cluster,
  oldInputs: PropertyMap,
): Promise<PropertyMap> {
  if (metadataString(inputs, "namespace") !== undefined || isUnknownIn(inputs, "namespace")) return inputs;
  const location = await cluster.discovery.locate(gvk);
  // A kind that is still to come says nothing about its scope; the apply finds out.
  if (location === undefined) return adoptNamespace(inputs, oldInputs);
  return location.namespaced ? withMetadata(inputs, { namespace: cluster.namespace }) : inputs;
}
