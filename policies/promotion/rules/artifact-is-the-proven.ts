import { parseDocument } from "yaml";
import { ARTIFACT_SHA256_VARIABLE, ARTIFACT_URI_VARIABLE, GATES } from "../../../submission/spec/release/index.ts";
import { isProps, listAt, NotDecided, UNKNOWN, valueAt } from "../../verdict/known.ts";
import type { Resource } from "../../verdict/resource.ts";
import { releaseRule } from "../rule.ts";

export const artifactIsTheProven = releaseRule(GATES["artifact-is-the-proven"], (release) => {
  const { artifact, image } = release.manifest;
  const proven = release.section("subject");
  const runs = release.section("runs");
  const differing = runs.filter(({ artifactSha256 }) => artifactSha256 !== artifact.sha256);
  return [
    ...differs("artifact", artifact.sha256, proven.artifact.sha256),
    ...differs("artifact URI", artifact.uri, proven.artifact.uri),
    ...differs("image", image, proven.image),
    ...differing.map(
      ({ submissionId, artifactSha256 }) =>
        `has artifact ${artifact.sha256}; run ${submissionId} of its proof gave ${artifactSha256}`,
    ),
    ...served(release.resource, { artifact, image }),
  ];
});

const differs = (what: string, own: string, proven: string): string[] =>
  own === proven ? [] : [`has ${what} ${own}; its evidence is about ${proven}`];

interface Promised {
  readonly artifact: { readonly uri: string; readonly sha256: string };
  readonly image: string;
}

/** What the resource would really run. */
function served({ props }: Resource, { artifact, image }: Promised): string[] {
  const pods = podSpecs(props);
  const containers = pods.flatMap((pod) => ["initContainers", "containers"].flatMap((kind) => listAt(pod, kind)));
  const sidecar = valueAt(props, "spec", "rayClusterConfig", "autoscalerOptions", "image");
  const images = [
    ...containers.map((container) => valueAt(container, "image")),
    ...(sidecar === undefined ? [] : [sidecar]),
  ];
  const ray = pods.flatMap((pod) => listAt(pod, "containers").slice(0, 1));
  return [
    ...(ray.length === 0 ? ["has no container that would serve it"] : []),
    ...new Set(
      images.map(known).flatMap((one) => (one === image ? [] : [`would run image ${String(one)} and not ${image}`])),
    ),
    ...new Set([
      ...ray.flatMap((container) => variable(container, ARTIFACT_URI_VARIABLE, artifact.uri)),
      ...ray.flatMap((container) => variable(container, ARTIFACT_SHA256_VARIABLE, artifact.sha256)),
    ]),
    ...serveConfig(known(valueAt(props, "spec", "serveConfigV2"))),
  ];
}

function podSpecs(props: Resource["props"]): unknown[] {
  const cluster = valueAt(props, "spec", "rayClusterConfig");
  const groups = [valueAt(cluster, "headGroupSpec"), ...listAt(cluster, "workerGroupSpecs")];
  return groups.filter((group) => group !== undefined).map((group) => known(valueAt(group, "template", "spec")));
}

/** The last of two variables of one name is the one that counts: every one must be right. */
function variable(container: unknown, name: string, promised: string): string[] {
  const given = listAt(container, "env").filter((one) => known(valueAt(one, "name")) === name);
  if (given.length === 0) return [`would not tell its code which artifact it is: ${name} is not set`];
  return given
    .map((one) => known(valueAt(one, "value")))
    .filter((value) => value !== promised)
    .map((value) => `would serve ${name} ${String(value ?? "from elsewhere")} and not ${promised}`);
}

/** Nothing in what is served may bring code of its own; what cannot be read might. */
function serveConfig(text: unknown): string[] {
  if (text === undefined) return [];
  const document = typeof text === "string" ? parseDocument(text) : undefined;
  if (document === undefined || document.errors.length > 0) return ["has a serveConfigV2 that is no YAML"];
  return mentions(document.toJS(), "runtime_env")
    ? ["has a runtime_env in serveConfigV2, which brings code or variables that no evidence is about"]
    : [];
}

function mentions(value: unknown, key: string): boolean {
  if (Array.isArray(value)) return value.some((one) => mentions(one, key));
  return isProps(value) && (Object.hasOwn(value, key) || Object.values(value).some((one) => mentions(one, key)));
}

function known(value: unknown): unknown {
  if (value === UNKNOWN) throw new NotDecided("what would be served");
  return value;
}
