import { closest } from "../kubernetes/closest.ts";
import { type PathSegment, propertyPath } from "../kubernetes/diff.ts";
import type { CheckFailure } from "../protocol/provider.ts";
import { isMap, type PropertyMap, type PropertyValue, ResourceReference, reveal, Unknown } from "../protocol/values.ts";

/** What a package's own declarations say an argument may be. */
export type Shape =
  | { is: "string" | "number" | "boolean" | "anything" }
  | { is: "literal"; value: string | number | boolean }
  | { is: "list"; of: Shape }
  | { is: "map"; of: Shape }
  | { is: "object"; name: string }
  | { is: "oneOf"; shapes: Shape[] };

export interface Field {
  required: boolean;
  shape: Shape;
}
export type Fields = Record<string, Field>;

/** Gives the fields of an object type that a shape names. */
export type Lookup = (name: string) => Fields | undefined;

/** Unknown, missing and mistyped arguments, each with its path. What is not known yet is passed over. */
export function argumentErrors(args: PropertyMap, fields: Fields, lookup: Lookup): CheckFailure[] {
  const failures: CheckFailure[] = [];
  checkFields(args, fields, lookup, [], failures);
  return failures;
}

function checkFields(
  value: PropertyMap,
  fields: Fields,
  lookup: Lookup,
  path: PathSegment[],
  failures: CheckFailure[],
): void {
  for (const [key, item] of Object.entries(value)) {
    if (key.startsWith("__") || item === null) continue;
    const field = fields[key];
    if (field === undefined)
      failures.push({
        property: propertyPath([...path, key]),
        reason: `unknown argument${closest(key, Object.keys(fields))}`,
      });
    else check(reveal(item), field.shape, lookup, [...path, key], failures);
  }
  for (const [key, field] of Object.entries(fields)) {
    if (field.required && (value[key] === undefined || value[key] === null))
      failures.push({ property: propertyPath([...path, key]), reason: "this argument is required" });
  }
}

function check(
  value: PropertyValue,
  shape: Shape,
  lookup: Lookup,
  path: PathSegment[],
  failures: CheckFailure[],
): void {
  if (value === null || value instanceof Unknown || value instanceof ResourceReference) return;
  const expected = (what: string) =>
    failures.push({ property: propertyPath(path), reason: `expected ${what}, got ${describe(value)}` });
  switch (shape.is) {
    case "anything":
      return;
    case "string":
      // The engine turns numbers and booleans into strings where a provider wants them.
      if (typeof value === "object") expected("a string");
      return;
    case "number":
      if (
        typeof value !== "number" &&
        !(typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value)))
      )
        expected("a number");
      return;
    case "boolean":
      if (typeof value !== "boolean" && value !== "true" && value !== "false") expected("true or false");
      return;
    case "literal":
      if (value !== shape.value) expected(JSON.stringify(shape.value));
      return;
    case "list":
      if (!Array.isArray(value)) expected("a list");
      else
        for (const [index, item] of value.entries()) check(reveal(item), shape.of, lookup, [...path, index], failures);
      return;
    case "map":
      if (!isMap(value)) expected("an object");
      else
        for (const [key, item] of Object.entries(value))
          check(reveal(item), shape.of, lookup, [...path, key], failures);
      return;
    case "object": {
      const fields = lookup(shape.name);
      if (fields === undefined) return;
      if (!isMap(value)) expected("an object");
      else checkFields(value, fields, lookup, path, failures);
      return;
    }
    case "oneOf":
      checkAlternatives(value, shape.shapes, lookup, path, failures);
  }
}

/** Of several possible shapes the first that fits; where none does, what is wrong with the one of the same form. */
function checkAlternatives(
  value: PropertyValue,
  shapes: Shape[],
  lookup: Lookup,
  path: PathSegment[],
  failures: CheckFailure[],
): void {
  let nearest: CheckFailure[] | undefined;
  for (const shape of shapes) {
    const attempt: CheckFailure[] = [];
    check(value, shape, lookup, path, attempt);
    if (attempt.length === 0) return;
    const sameForm = attempt.every((failure) => failure.property !== propertyPath(path));
    if (nearest === undefined || sameForm) nearest = attempt;
  }
  failures.push(...(nearest ?? []));
}

function describe(value: PropertyValue): string {
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : JSON.stringify(value);
}
