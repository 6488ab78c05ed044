import { isDeepStrictEqual } from "node:util";

export type PropertyPath = readonly (string | number)[];

/**
 * Where two values differ, as deep as both have it: the paths, in the order of their keys. Lists of different length differ as a
 * whole.
 */
export function differingPaths(before: unknown, after: unknown, path: PropertyPath = []): PropertyPath[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (isRecord(before) && isRecord(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => differingPaths(before[key], after[key], [...path, key]));
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length)
    return before.flatMap((item, index) => differingPaths(item, after[index], [...path, index]));
  return [path];
}

/** As Pulumi writes it: `spec.containers[0].image`, `metadata.labels["app.kubernetes.io/name"]`. */
export function writtenPath(path: PropertyPath): string {
  return path
    .map((segment, index) => {
      if (typeof segment === "number") return `[${segment}]`;
      if (!/^[A-Za-z_$][\w$]*$/.test(segment)) return `[${JSON.stringify(segment)}]`;
      return index === 0 ? segment : `.${segment}`;
    })
    .join("");
}

/** The value at a path; undefined where there is none. */
export function valueAt(value: unknown, ...path: PropertyPath): unknown {
  return path.reduce<unknown>((inner, segment) => {
    if (Array.isArray(inner)) return inner[Number(segment)];
    return isRecord(inner) ? inner[segment] : undefined;
  }, value);
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
