import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { type CheckResult, CODES, check, localProfile, renderDiagnostics } from "../../../submission/spec/index.ts";
import { isPlainDag, isPlainParams } from "../../../submission/spec/plain.ts";
import { dagSchema, runtimeParamsSchema } from "../../../submission/spec/schema.ts";
import { mutated, validDag } from "./dags.ts";
import { checkJson, sample } from "./documents.ts";

const profile = localProfile();
const runs = { numRuns: 100 };

/** Whatever was given: an answer, with diagnostics that stand in the text. */
function expectSound(result: CheckResult, texts: Readonly<Record<string, string>>): void {
  expect(result.ok).toBe(!result.diagnostics.some((each) => each.severity === "error"));
  for (const each of result.diagnostics) {
    expect(Object.keys(CODES)).toContain(each.code);
    const lines = (texts[each.source] ?? "").split("\n");
    expect(each.line).toBeGreaterThanOrEqual(1);
    expect(each.line).toBeLessThanOrEqual(lines.length);
    expect(each.column).toBeGreaterThanOrEqual(1);
    expect(each.column).toBeLessThanOrEqual([...(lines[each.line - 1] ?? "")].length + 1);
  }
  expect(typeof renderDiagnostics(result.diagnostics, texts)).toBe("string");
}

const checkText = (text: string, source: string): void => {
  expectSound(check({ dag: { text, source }, profile }), { [source]: text });
};

describe("any input gets an answer", () => {
  it("arbitrary text, as JSON and as YAML", () => {
    const piece = fc.constantFrom(
      "- ",
      "{",
      "}",
      "[",
      "]",
      ":",
      ": ",
      "\n",
      "  ",
      "\t",
      '"',
      "'",
      "&a ",
      "*a",
      "!!",
      "|",
      ">",
      "#",
      "%",
      "---\n",
      "? ",
      "a",
      "1",
      "\r\n",
      "\ufeff",
      "\0",
      "nodes:\n",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.array(piece, { maxLength: 25 }).map((each) => each.join("")),
    );
    fc.assert(
      fc.property(text, fc.constantFrom("x.json", "x.yaml", "-"), (each, source) => checkText(each, source)),
      { numRuns: 300 },
    );
  });

  it("arbitrary JSON, in each of the three documents", () => {
    fc.assert(
      fc.property(fc.json(), fc.json(), fc.json(), (dag, params, refs) => {
        const result = check({
          dag: { text: dag, source: "dag.json" },
          params: { text: params, source: "params.json" },
          refs: { text: refs, source: "refs.json" },
          profile,
        });
        expectSound(result, { "dag.json": dag, "params.json": params, "refs.json": refs });
      }),
      runs,
    );
  });

  it("DAGs with something changed", () => {
    const start = fc.oneof(fc.constant<unknown>(parse(sample("bt_xs_bilstm_v1.yaml"))), validDag);
    fc.assert(
      fc.property(mutated(start), (each) => {
        const json = JSON.stringify(each, null, 1) ?? "null";
        checkText(json, "dag.json");
      }),
      { numRuns: 250 },
    );
  });

  it("texts with a character changed", () => {
    const text = sample("bt_xs_bilstm_v1.yaml");
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.string({ unit: "binary", maxLength: 2 }), (at, piece) =>
        checkText(text.slice(0, at) + piece + text.slice(at + 1), "dag.yaml"),
      ),
      { numRuns: 150 },
    );
  });
});

const shuffledKeys = (value: unknown, order: (keys: string[]) => string[]): unknown => {
  if (Array.isArray(value)) return value.map((each) => shuffledKeys(each, order));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    order(Object.keys(value)).map((key) => [key, shuffledKeys(Reflect.get(value, key), order)]),
  );
};

describe("valid DAGs", () => {
  it("pass, in JSON and in YAML alike", () => {
    fc.assert(
      fc.property(validDag, (dag) => {
        const asJson = checkJson(dag);
        expect(asJson.diagnostics).toEqual([]);
        const asYaml = check({ dag: { text: stringify(dag), source: "dag.yaml" }, profile });
        expect(asYaml).toEqual(asJson);
      }),
      runs,
    );
  });

  it("mean the same whatever the order of keys and edges", () => {
    fc.assert(
      fc.property(validDag, (dag) => {
        const one = checkJson(dag);
        const other = checkJson(shuffledKeys({ ...dag, edges: dag.edges.toReversed() }, (keys) => keys.toReversed()));
        if (!one.ok || !other.ok) throw new Error("a valid DAG was refused");
        expect(other.submission).toEqual({
          ...one.submission,
          dag: { ...one.submission.dag, edges: one.submission.dag.edges.toReversed() },
        });
      }),
      runs,
    );
  });
});

describe("the quick look at a document's shape", () => {
  const agree = (value: unknown): void => {
    if (isPlainDag(value)) expect(dagSchema.safeParse(value)).toMatchObject({ success: true, data: value });
    if (isPlainParams(value))
      expect(runtimeParamsSchema.safeParse(value)).toMatchObject({ success: true, data: value });
  };

  it("never accepts what the schema refuses, nor reads it otherwise", () => {
    fc.assert(fc.property(mutated(validDag), agree), { numRuns: 500 });
    const params: unknown = JSON.parse(sample("runtime_params.json"));
    fc.assert(fc.property(mutated(fc.constant(params)), agree), { numRuns: 500 });
  });

  it("recognises what people submit, custom resources apart", () => {
    fc.assert(
      fc.property(validDag, (dag) => {
        expect(isPlainDag(JSON.parse(JSON.stringify(dag)))).toBe(!dag.nodes.some((each) => each.kind === "custom_crd"));
      }),
      runs,
    );
    expect(isPlainParams(JSON.parse(sample("runtime_params.json")))).toBe(true);
  });
});
