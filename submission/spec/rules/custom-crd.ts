import { type Path, show } from "../findings.ts";
import { isJsonObject, isMapping, type LooseNode } from "../loose.ts";
import type { CustomCrd, JsonObject } from "../model.ts";
import { didYouMean } from "../suggest.ts";
import { conditionProblem } from "../values/condition.ts";
import { DNS_SUBDOMAIN, isReservedLabel } from "../values/names.ts";
import type { DagContext } from "./context.ts";
import { reportLabels } from "./labels.ts";
import type { CommonNode } from "./node.ts";

/** Fields of a node that only a container has. */
const CONTAINER_FIELDS = ["command", "args", "env"] as const;

export function customCrd(node: LooseNode, common: CommonNode, path: Path, context: DagContext): CustomCrd {
  const { findings } = context;
  const { manifest, success_condition: success, failure_condition: failure, ...params } = node.params ?? {};
  const at = [...path, "params"];
  if (node.image !== undefined) {
    findings.add("node/image-unused", [...path, "image"], "A custom_crd runs no image of its own.", {
      atKey: true,
      suggestion: "Put the image into params.manifest.",
    });
  }
  for (const name of CONTAINER_FIELDS) {
    if (node[name] === undefined) continue;
    findings.add("node/field-unused", [...path, name], `A custom_crd has no container, so ${name} means nothing.`, {
      atKey: true,
      suggestion: "Put it into params.manifest.",
    });
  }
  const object = isJsonObject(manifest) ? manifest : {};
  if (isJsonObject(manifest)) reportManifest(manifest, [...at, "manifest"], context);
  for (const [name, value] of [
    ["success_condition", success],
    ["failure_condition", failure],
  ] as const) {
    const problem = typeof value === "string" ? conditionProblem(value) : undefined;
    if (problem === undefined) continue;
    findings.add("crd/condition", [...at, name], `${name} ${problem}.`, {
      suggestion: "Write e.g. status.phase == Succeeded, or status.phase in (Failed,Error).",
    });
  }
  return {
    ...common,
    kind: "custom_crd",
    image: undefined,
    manifest: { ...object, apiVersion: String(object.apiVersion), kind: String(object.kind) },
    successCondition: typeof success === "string" ? success : "",
    failureCondition: typeof failure === "string" ? failure : "",
    params: isJsonObject(params) ? params : {},
  };
}

/** `metadata` that Kubernetes or the platform writes. */
const OWNED_METADATA = [
  "ownerReferences",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "managedFields",
  "selfLink",
  "finalizers",
];

function reportManifest(manifest: JsonObject, path: Path, context: DagContext): void {
  const { findings } = context;
  const { apiVersion, kind } = manifest;
  if (typeof apiVersion === "string" && typeof kind === "string") {
    const allowed = context.profile.customKinds.map((each) => `${each.apiVersion} ${each.kind}`);
    if (!allowed.includes(`${apiVersion} ${kind}`)) {
      const sameKind = context.profile.customKinds.find((each) => each.kind === kind);
      findings.add("crd/not-allowed", [...path, "kind"], `This environment does not allow ${apiVersion} ${kind}.`, {
        suggestion:
          sameKind === undefined
            ? didYouMean(`${apiVersion} ${kind}`, allowed)
            : `Did you mean apiVersion ${sameKind.apiVersion}?`,
      });
    }
  }
  if (manifest.status !== undefined) {
    findings.add("crd/metadata", [...path, "status"], "status is written by the resource's controller.", {
      atKey: true,
      suggestion: "Remove status.",
    });
  }
  if (isMapping(manifest.metadata)) reportMetadata(manifest.metadata, [...path, "metadata"], context);
}

function reportMetadata(metadata: Readonly<Record<string, unknown>>, path: Path, context: DagContext): void {
  const { findings, team } = context;
  const { namespace, name, generateName, labels, annotations } = metadata;
  if (namespace !== undefined && namespace !== team?.namespace) {
    findings.add(
      "crd/namespace",
      [...path, "namespace"],
      `The namespace is ${show(namespace)}; objects are created in the team's, ${team?.namespace ?? "unknown"}.`,
      {
        suggestion: "Remove metadata.namespace.",
      },
    );
  }
  for (const each of OWNED_METADATA) {
    if (metadata[each] === undefined) continue;
    findings.add("crd/metadata", [...path, each], `metadata.${each} is set by the platform or by Kubernetes.`, {
      atKey: true,
      suggestion: `Remove ${each}.`,
    });
  }
  if (name !== undefined && generateName !== undefined) {
    findings.add("crd/name", [...path, "generateName"], "Both name and generateName are given.", {
      atKey: true,
      suggestion: "Remove one of the two; without any the platform chooses a name that no other run has.",
    });
  }
  for (const [field, value] of [
    ["name", name],
    ["generateName", generateName],
  ] as const) {
    if (value === undefined) continue;
    const plain = typeof value === "string" ? (field === "generateName" ? value.replace(/[-.]$/, "") : value) : "";
    if (plain.length <= 253 && DNS_SUBDOMAIN.test(plain)) continue;
    findings.add("crd/name", [...path, field], `metadata.${field} is ${show(value)}, which is no DNS name.`, {
      suggestion: "Use a-z, 0-9, - and . only, or leave the name out.",
    });
  }
  for (const [field, value] of [
    ["labels", labels],
    ["annotations", annotations],
  ] as const) {
    if (value === undefined) continue;
    if (!isMapping(value)) {
      findings.add("schema/wrong-type", [...path, field], `${field} is ${show(value)}; it must be a mapping.`);
    } else if (field === "labels") reportLabels(value, [...path, field], findings);
    else reportReserved(value, [...path, field], context);
  }
}

function reportReserved(annotations: Readonly<Record<string, unknown>>, path: Path, context: DagContext): void {
  for (const key of Object.keys(annotations)) {
    if (!isReservedLabel(key)) continue;
    context.findings.add("crd/metadata", [...path, key], `The annotation ${key} belongs to the platform.`, {
      atKey: true,
      suggestion: "Use a prefix of your own.",
    });
  }
}
