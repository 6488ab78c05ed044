import type { DiffKind } from "../protocol/provider.ts";
import { isMap, type PropertyMap, type PropertyValue, reveal, Unknown } from "../protocol/values.ts";

export type PathSegment = string | number;
export type PlainChange = { path: PathSegment[]; kind: "add" | "delete" | "update" };

/**
 * The leaves in which two property bags differ. Null and absent are the same; a value not known yet differs from any.
 */
export function differences(before: PropertyMap, after: PropertyMap): PlainChange[] {
  const changes: PlainChange[] = [];
  compare(reveal(before), reveal(after), [], changes);
  return changes;
}

function compare(
  before: PropertyValue | undefined,
  after: PropertyValue | undefined,
  path: PathSegment[],
  changes: PlainChange[],
): void {
  const hadValue = before !== null && before !== undefined;
  const hasValue = after !== null && after !== undefined;
  if (!hadValue && !hasValue) return;
  if (!hadValue) changes.push({ path, kind: "add" });
  else if (!hasValue) changes.push({ path, kind: "delete" });
  else if (after instanceof Unknown) changes.push({ path, kind: "update" });
  else if (Array.isArray(before) && Array.isArray(after)) {
    for (let index = 0; index < Math.max(before.length, after.length); index++)
      compare(before[index], after[index], [...path, index], changes);
  } else if (isMap(before) && isMap(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      compare(before[key], after[key], [...path, key], changes);
  } else if (before !== after) changes.push({ path, kind: "update" });
}

/** A path as Pulumi writes it: `spec.containers[0].image`, `metadata.labels["app.kubernetes.io/name"]`. */
export function propertyPath(path: PathSegment[]): string {
  return path
    .map((segment, index) => {
      if (typeof segment === "number") return `[${segment}]`;
      if (!/^[A-Za-z_$][\w$]*$/.test(segment)) return `[${JSON.stringify(segment)}]`;
      return index === 0 ? segment : `.${segment}`;
    })
    .join("");
}

/** Takes apart what `propertyPath` (or a user's `ignoreChanges`) wrote; `*` stays a wildcard. */
export function parsePropertyPath(text: string): PathSegment[] {
  const segments: PathSegment[] = [];
  for (const match of text.matchAll(/\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|\[(\*)\]|([^.[\]]+)/g)) {
    const [, index, quoted, wildcard, plain] = match;
    if (index !== undefined) segments.push(Number(index));
    else segments.push(quoted?.replaceAll('\\"', '"') ?? wildcard ?? plain ?? "");
  }
  return segments;
}

/** True when `path` is `pattern` or lies below it; `*` in the pattern stands for any one segment. */
export function isWithin(path: PathSegment[], pattern: PathSegment[]): boolean {
  return pattern.length <= path.length && pattern.every((segment, index) => segment === "*" || segment === path[index]);
}

/** True when a change at `path` changes what `pattern` names: it lies below it or replaces something above it. */
export function touches(path: PathSegment[], pattern: PathSegment[]): boolean {
  const length = Math.min(path.length, pattern.length);
  return isWithin(path.slice(0, length), pattern.slice(0, length));
}

export function replacing(kind: PlainChange["kind"]): DiffKind {
  return `${kind}-replace`;
}
