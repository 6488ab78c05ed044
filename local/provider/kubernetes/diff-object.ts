import { isDeepStrictEqual } from "node:util";
import type { DiffRequest, DiffResult } from "../protocol/provider.ts";
import { hasUnknown, type PropertyMap, reveal } from "../protocol/values.ts";
import type { Cluster } from "./cluster.ts";
import {
  differences,
  isWithin,
  type PathSegment,
  type PlainChange,
  parsePropertyPath,
  propertyPath,
  replacing,
  touches,
} from "./diff.ts";
import { isAutonamed } from "./naming.ts";
import { gvkOf, metadataString, withMetadata } from "./object.ts";
import { fieldManagerFor, fieldManagerIn, manifestOf } from "./outputs.ts";
import { unpackSchemas } from "./packing.ts";
import { immutableFields } from "./refusal.ts";
import { type Mutability, replacementPaths } from "./replacement.ts";

/** What an update would change in an object, field by field, and whether it takes a new object. */
export async function diffObject(request: DiffRequest, cluster: Cluster, mutability: Mutability): Promise<DiffResult> {
  if (isDeepStrictEqual(request.oldInputs, request.inputs)) return { changes: {} };
  const before = unpackSchemas(withoutInternals(request.oldInputs));
  const after = inNamespaceOf(unpackSchemas(request.inputs), before, cluster.namespace);
  const ignored = request.ignoreChanges.map(parsePropertyPath);
  const changes = differences(before, after).filter(
    (change) => !ignored.some((pattern) => isWithin(change.path, pattern)),
  );
  if (changes.length === 0) return { changes: {} };

  const gvk = gvkOf(after);
  const immutable = reveal(before.immutable ?? null) === true;
  const replaces = replacementPaths(gvk, immutable, mutability);
  // A version is another view of the same object; the group and the kind make it another object.
  const sameGroup = gvkOf(before).group === gvk.group;
  const isReplacing = (path: PathSegment[]) =>
    !(path[0] === "apiVersion" && sameGroup) && replaces.some((pattern) => touches(path, pattern));
  const known = changes.some((change) => isReplacing(change.path));
  const refused = known ? [] : await refusedByServer(request, after, changes, cluster);

  const kinds = Object.fromEntries(
    changes.map((change) => {
      const replace = isReplacing(change.path) || refused.some((pattern) => touches(change.path, pattern));
      return [propertyPath(change.path), replace ? replacing(change.kind) : change.kind];
    }),
  );
  const replaced = Object.values(kinds).some((kind) => kind.endsWith("-replace"));
  const sameIdentity =
    metadataString(before, "name") === metadataString(after, "name") &&
    metadataString(before, "namespace") === metadataString(after, "namespace");
  return { changes: kinds, deleteBeforeReplace: replaced && sameIdentity && !isAutonamed(after) };
}

/** Asks the server with a dry run whether a field of this change is immutable; no answer means it is not. */
async function refusedByServer(
  request: DiffRequest,
  after: PropertyMap,
  changes: PlainChange[],
  cluster: Cluster,
): Promise<PathSegment[][]> {
  // A definition is never replaced for what is in it: every object of its kind would go with it.
  if (hasUnknown(after) || after.kind === "CustomResourceDefinition") return [];
  const fieldManager = fieldManagerIn(request.oldOutputs) ?? fieldManagerFor(request.urn);
  const dryRun = await cluster.dryRun(manifestOf(after), { fieldManager, force: true });
  if (!("refused" in dryRun)) return [];
  const fields = immutableFields(dryRun.refused).map(parsePropertyPath);
  // A rule may name a field above or beside the changed one (`spec`): then everything that changed replaces.
  return fields.length > 0 && !fields.some((field) => changes.some((change) => touches(change.path, field)))
    ? changes.map((change) => change.path)
    : fields;
}

function withoutInternals(inputs: PropertyMap): PropertyMap {
  return Object.fromEntries(Object.entries(inputs).filter(([key]) => !key.startsWith("__")));
}

/** An object read by import may state the default namespace where the program leaves it out, or the other way round. */
function inNamespaceOf(after: PropertyMap, before: PropertyMap, fallback: string): PropertyMap {
  const namespace = metadataString(before, "namespace");
  const isDefault =
    namespace === fallback && metadataString(after, "namespace") === undefined && !hasUnknown(after.metadata);
  return isDefault ? withMetadata(after, { namespace: fallback }) : after;
}
