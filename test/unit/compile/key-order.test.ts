import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stable } from "../../../submission/compile/context.ts";

describe("a value with its keys in order", () => {
  test("is the same value, and its text does not depend on the order they were written in", () => {
    const turned = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(turned);
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, each]) => [key, turned(each)]),
      );
    };
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(stable(value)).toEqual(value);
        expect(JSON.stringify(stable(turned(value)))).toBe(JSON.stringify(stable(value)));
      }),
    );
  });

  test("is made by looking at every value once, however deep the keys are out of order", () => {
    let reads = 0;
    const leaf = {
      get deepest() {
        reads += 1;
        return "value";
      },
    };
    let nested: object = leaf;
    for (let depth = 0; depth < 16; depth += 1) nested = { b: nested, a: depth };
    stable(nested);
    expect(reads).toBe(1);
  });
});
