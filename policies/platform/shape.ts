import type { Resource } from "./rule.ts";

/** Looking into the properties of resources, whose types no policy can know beforehand. */

export type Props = Readonly<Record<string, unknown>>;

export const isProps = (value: unknown): value is Props =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The object at `path`; empty where there is none. */
export function objectAt(props: Props, ...path: string[]): Props {
  const value = valueAt(props, ...path);
  return isProps(value) ? value : {};
}

/** The list at `path`; empty where there is none. */
export function listAt(props: Props, ...path: string[]): readonly unknown[] {
  const value = valueAt(props, ...path);
  return Array.isArray(value) ? value : [];
}

export function valueAt(props: Props, ...path: string[]): unknown {
  return path.reduce<unknown>((value, key) => (isProps(value) ? value[key] : undefined), props);
}

/** Whether it is this kind, in whatever version of its API group. */
export function isKind(resource: Resource, group: string, kind: string): boolean {
  const [pkg, module = "", type] = resource.type.split(":");
  return pkg === "kubernetes" && type === kind && module.replace(/\/[^/]*$/, "") === group;
}

/** Names as people know an object: `namespace/name`, or the name alone. */
export function objectName(resource: Resource): string {
  const { name, namespace } = objectAt(resource.props, "metadata");
  return [namespace, name].filter((part) => typeof part === "string").join("/") || resource.name;
}
