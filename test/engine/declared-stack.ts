import { type PlatformResult, previewPlatform } from "../../local/engine/index.ts";
import { UNKNOWN } from "../../policies/verdict/known.ts";
import type { Resource } from "../../policies/verdict/resource.ts";

export const inCheckout = (path: string): string => new URL(`../../${path}`, import.meta.url).pathname;

export interface DeclaredStack {
  readonly stateDir: string;
  /** Name of the pack's folder. */
  readonly pack: string;
  /** File with the pack's settings. */
  readonly settings: string;
}

/** What the engine and a pack say of a stack that is made of these resources, in this order. */
export function previewDeclared(stack: DeclaredStack, resources: readonly Resource[]): Promise<PlatformResult> {
  return previewPlatform({
    stateDir: stack.stateDir,
    projectDir: inCheckout("test/fixtures/pulumi/declared"),
    stack: "test",
    plugins: "ours",
    crds: false,
    policyPacks: [inCheckout(`policies/${stack.pack}`)],
    policyPackConfigs: [stack.settings],
    config: { resources: JSON.stringify(resources.map(declared)) },
  });
}

/** Its findings, or what else stopped the preview, a line each; nothing when it was let through. */
export const findingsOf = (...args: Parameters<typeof previewDeclared>): Promise<string> =>
  previewDeclared(...args).then(
    ({ violations }) => violations.join("\n"),
    (error: Error) => error.message,
  );

function declared(resource: Resource) {
  const { type, name, props, protect = false, provider, parent, computedFrom = {} } = resource;
  return {
    id: resource.urn ?? name,
    type,
    name,
    props: written({ ...apiVersionOf(type), ...props }),
    protect,
    provider: provider === undefined ? "none" : providerOf(provider.name),
    parent,
    // A source without a URN is the fixture's generated password.
    from: Object.fromEntries(
      Object.entries(computedFrom).map(([property, sources]) => [property, sources[0]?.urn ?? "password"]),
    ),
  };
}

function providerOf(name: string): "tagged" | "untagged" | "default" {
  if (name.startsWith("default")) return "default";
  return name === "orch-test" ? "tagged" : "untagged";
}

/** `kubernetes:ray.io/v1:RayCluster` -> `ray.io/v1`, `RayCluster`; the SDK's classes would write them. */
function apiVersionOf(type: string): object {
  const [pkg, version = "", kind] = type.split(":");
  if (pkg !== "kubernetes" || version.startsWith("helm.sh/")) return {};
  return { apiVersion: version.replace(/^core\//, ""), kind };
}

function written(value: unknown): unknown {
  if (value === UNKNOWN) return { unknown: true };
  if (Array.isArray(value)) return value.map(written);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, written(inner)]));
}
