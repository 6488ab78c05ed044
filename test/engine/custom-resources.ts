import { stringify } from "yaml";
import { type Planned, UNKNOWN } from "./platform-preview.ts";

/** An object of a kind that a CustomResourceDefinition defines. */
export interface CustomResource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: unknown;
}

const isGroupOfItsOwn = (group: string) =>
  group.includes(".") && (!group.endsWith(".k8s.io") || group.endsWith(".x-k8s.io"));

/** The custom resources of a preview as the API server would get them, in an order that no timing changes. */
export function customResources(resources: readonly Planned[]): CustomResource[] {
  return resources
    .filter(({ type }) => type.startsWith("kubernetes:") && isGroupOfItsOwn(type.split(":")[1]?.split("/")[0] ?? ""))
    .filter(({ type }) => !type.startsWith("kubernetes:helm.sh/") && !type.startsWith("kubernetes:yaml"))
    .map(({ inputs }) => known(inputs) as CustomResource)
    .sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
}

export const nameOf = ({ apiVersion, kind, metadata }: CustomResource) =>
  `${apiVersion} ${kind} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}`;

/** What is not known before an `up` is some text. */
const known = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replaceAll(UNKNOWN, "not-known-yet"));

/** One document per object, keys sorted. */
export const asYaml = (objects: readonly CustomResource[]): string =>
  objects.map((object) => `---\n${stringify(object, { sortMapEntries: true, lineWidth: 0 })}`).join("");
