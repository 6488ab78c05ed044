import { WATCHED_DEFINITIONS, WRITTEN_WHOLE } from "./constants.ts";

/** A CustomResourceDefinition as its operator's release carries it; what we do not look at passes through. */
export interface Crd {
  readonly apiVersion: "apiextensions.k8s.io/v1";
  readonly kind: "CustomResourceDefinition";
  readonly metadata: { name: string; annotations?: Record<string, string>; labels?: Record<string, string> };
  readonly spec: CrdSpec;
}

interface CrdSpec {
  readonly group: string;
  readonly names: { readonly kind: string; readonly plural: string };
  readonly scope: string;
  readonly versions: readonly CrdVersion[];
}

interface CrdVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly schema?: { readonly openAPIV3Schema: JsonSchema };
  readonly selectableFields?: { jsonPath: string }[];
}

interface JsonSchema {
  readonly type: string;
  readonly properties?: { [name: string]: JsonSchema };
  readonly items?: JsonSchema;
  readonly "x-kubernetes-map-type"?: string;
  readonly "x-kubernetes-validations"?: readonly unknown[];
}

export function isCrd(value: unknown): value is Crd {
  return (
    typeof value === "object" &&
    value !== null &&
    "kind" in value &&
    value.kind === "CustomResourceDefinition" &&
    "apiVersion" in value &&
    value.apiVersion === "apiextensions.k8s.io/v1"
  );
}

/**
 * The same definition without dead weight: the prose goes, and of the checks those stay that guard what is written. Argo's
 * full Workflow CRD shrinks from 1.1 MB of compact JSON to 0.3 MB, so that etcd's 1.5 MiB limit stays far, the API server is
 * quick to load it, and the stack's state small.
 *
 * Only the stored version stays: nothing here speaks an older one, and the API server keeps a cache of every object for each
 * version, filled by a conversion at every change (Kueue's took 47 calls of its webhook for one pod).
 */
export function slimCrd(crd: Crd): Crd {
  const { name, annotations, labels } = crd.metadata;
  const lean = WATCHED_DEFINITIONS.includes(name) ? watchedCrd(crd) : checkedCrd(crd);
  return {
    ...lean,
    metadata: {
      name,
      ...(annotations === undefined ? {} : { annotations }),
      ...(labels === undefined ? {} : { labels }),
    },
    spec: {
      ...lean.spec,
      versions: lean.spec.versions
        .filter(({ storage }) => storage)
        .map((version) => withoutProse(owned(name, version))),
    },
  };
}

/** One owner per part, not per field, where `WRITTEN_WHOLE` says so. */
function owned(definition: string, version: CrdVersion): CrdVersion {
  const schema = version.schema?.openAPIV3Schema;
  if (schema === undefined) return version;
  const parts = WRITTEN_WHOLE[definition] ?? [];
  const changed = parts.reduce(
    (whole, { path, checked }) => changedAt(whole, path, (part) => ({ ...(checked ? part : ANYTHING), ...ATOMIC })),
    schema,
  );
  return { ...version, schema: { openAPIV3Schema: changed } };
}

const ATOMIC = { "x-kubernetes-map-type": "atomic" } as const;

/** The schema with one part of it changed; a part that is not there stays away. */
function changedAt(
  schema: JsonSchema,
  [step, ...rest]: readonly string[],
  change: (part: JsonSchema) => JsonSchema,
): JsonSchema {
  if (step === undefined) return change(schema);
  const inner = step === "[]" ? schema.items : schema.properties?.[step];
  if (inner === undefined) return schema;
  const changed = changedAt(inner, rest, change);
  return step === "[]"
    ? { ...schema, items: changed }
    : { ...schema, properties: { ...schema.properties, [step]: changed } };
}

/** Drops `description` where it is prose; a schema property that is called `description` is an object and stays. */
function withoutProse<T>(value: T): T {
  return JSON.parse(
    JSON.stringify(value, (key, inner) => (key === "description" && typeof inner === "string" ? undefined : inner)),
  );
}

/** Lets everything through, as Argo's minimal definitions do. */
const ANYTHING = { type: "object", "x-kubernetes-preserve-unknown-fields": true } as const;

/** The same definition without checks: for kinds that a controller insists on watching and nobody creates. */
export function watchedCrd(crd: Crd): Crd {
  return withVersions(crd, openVersion);
}

/** Without a schema there is no field to select by. */
function openVersion({ selectableFields: _, ...version }: CrdVersion): CrdVersion {
  return { ...version, schema: { openAPIV3Schema: ANYTHING } };
}

/**
 * The same definition with its checks where objects are written: the spec of the stored version. A status is its
 * controller's own, and of a Workflow it is the larger part of the schema.
 */
export function checkedCrd(crd: Crd): Crd {
  return withVersions(crd, (version) => {
    const schema = version.schema?.openAPIV3Schema;
    if (!version.storage || schema === undefined) return openVersion(version);
    if (schema.properties?.status === undefined || refersToFields(version)) return version;
    const properties = { ...schema.properties, status: ANYTHING };
    return { ...version, schema: { openAPIV3Schema: { ...schema, properties } } };
  });
}

/** Fields that lists are selected by, or that a rule of the whole object compares, keep their schema; Kueue's are in the status. */
const refersToFields = ({ selectableFields, schema }: CrdVersion) =>
  selectableFields !== undefined || schema?.openAPIV3Schema["x-kubernetes-validations"] !== undefined;

const withVersions = (crd: Crd, change: (version: CrdVersion) => CrdVersion): Crd => ({
  ...crd,
  spec: { ...crd.spec, versions: crd.spec.versions.map(change) },
});
