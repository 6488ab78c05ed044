/** Looking into properties of which some are not known yet: what is not known is never taken for what is not there. */

export const UNKNOWN = Symbol("not known before the update");

export type Props = Readonly<Record<string, unknown>>;

export const isProps = (value: unknown): value is Props =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The value at `path`; `UNKNOWN` where it, or something on the way, is not known; undefined where there is none. */
export function valueAt(props: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => {
    if (value === UNKNOWN) return UNKNOWN;
    return isProps(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }, props);
}

/**
 * The value at `path`, for a rule that depends on it; undefined where there is none.
 *
 * @throws NotDecided where it, or something on the way, is not known
 */
export function knownAt(props: unknown, ...path: readonly string[]): unknown {
  const value = valueAt(props, ...path);
  if (value === UNKNOWN) throw new NotDecided(path.length === 0 ? "it" : path.join("."));
  return value;
}

/**
 * The list at `path`; empty where there is none. An element may still be one that is not known.
 *
 * @throws NotDecided where the list, or something on the way to it, is not known
 */
export function listAt(props: unknown, ...path: readonly string[]): readonly unknown[] {
  const value = knownAt(props, ...path);
  return Array.isArray(value) ? value : [];
}

/**
 * The list at `path`, for a rule that every element of it matters to.
 *
 * @throws NotDecided where it, or one of its elements, is not known
 */
export function knownListAt(props: unknown, ...path: readonly string[]): readonly unknown[] {
  return listAt(props, ...path).map((element) => {
    if (element === UNKNOWN) throw new NotDecided(`an element of ${path.join(".")}`);
    return element;
  });
}

/**
 * The object at `path`; empty where there is none.
 *
 * @throws NotDecided where the object, or something on the way to it, is not known
 */
export function objectAt(props: unknown, ...path: readonly string[]): Props {
  const value = knownAt(props, ...path);
  return isProps(value) ? value : {};
}

/** Every value inside, itself included, with the way to it. */
export function* within(
  value: unknown,
  path: readonly string[] = [],
): Generator<{ readonly path: readonly string[]; readonly value: unknown }> {
  yield { path, value };
  if (Array.isArray(value)) for (const [index, one] of value.entries()) yield* within(one, [...path, String(index)]);
  else if (isProps(value)) for (const [key, one] of Object.entries(value)) yield* within(one, [...path, key]);
}

/** A rule has met a value that is not known before the update. */
export class NotDecided extends Error {
  /** @param what the value that is not known */
  constructor(what: string) {
    super(`${what} is not known before the update`);
    this.name = "NotDecided";
  }
}
