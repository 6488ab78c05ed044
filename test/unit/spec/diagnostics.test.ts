import { describe, expect, it } from "vitest";
import { CODES, check, diagnostic, documentTooLarge, localProfile } from "../../../submission/spec/index.ts";
import { fixture, profileNamed } from "./documents.ts";

interface Case {
  readonly name: string;
  readonly code: string;
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly dag: string;
  readonly params?: string;
  readonly refs?: string;
  readonly in?: "dag" | "params" | "refs";
  readonly severity?: "warning";
  readonly profile?: string;
  readonly team?: string;
}

const cases: readonly Case[] = JSON.parse(fixture("expected.json"));
const document = (name: string | undefined) =>
  name === undefined ? undefined : { text: fixture(`invalid/${name}`), source: name };

describe("every mistake is found where it is", () => {
  it.each(cases)("$name is $code at $line:$column", (each) => {
    const result = check({
      dag: document(each.dag) ?? { text: "", source: "" },
      params: document(each.params),
      refs: document(each.refs),
      profile: profileNamed(each.profile),
      team: each.team,
    });
    const { line, column, path, code } = each;
    const source = each.team === undefined ? each[each.in ?? "dag"] : "--team";
    const found = result.diagnostics.map((one) => ({
      code: one.code,
      severity: one.severity,
      path: one.path,
      line: one.line,
      column: one.column,
      source: one.source,
    }));
    expect(found, JSON.stringify(result.diagnostics, null, 1)).toEqual([
      { code, severity: each.severity ?? "error", path, line, column, source },
    ]);
    expect(result.ok).toBe(each.severity === "warning");
    for (const one of result.diagnostics) expect(one.message).toMatch(/[.!?]$/);
  });
});

describe("the table of codes", () => {
  /** Found while reading a file, or only among very many: shown by tests of their own. */
  const elsewhere = [
    "input/unreadable",
    "input/directory",
    "input/too-large",
    "input/encoding",
    "input/more",
    "parse/too-many-values",
    // Of the compiler: forecast.test.ts.
    "compile/too-large",
    "compile/too-entangled",
    "compile/text-too-long",
    // Of a cluster: test/cluster/cli.test.ts.
    "submit/id-in-use",
  ];

  it("has no code that no fixture shows", () => {
    const shown = new Set([...cases.map((each) => each.code), ...elsewhere]);
    expect(Object.keys(CODES).filter((code) => !shown.has(code))).toEqual([]);
  });

  it("explains every code in one sentence", () => {
    for (const explanation of Object.values(CODES)) expect(explanation).toMatch(/^[A-Z].*\.$/);
  });

  it("refuses a document by its size without parsing it", () => {
    const limit = localProfile().limits.documentBytes;
    const result = check({ dag: { text: "[".repeat(limit + 1), source: "big.yaml" }, profile: localProfile() });
    expect(result).toMatchObject({
      ok: false,
      diagnostics: [{ code: "input/too-large", source: "big.yaml", line: 1 }],
    });
    expect(documentTooLarge("-", undefined, 1024 * 1024).message).toContain("more than 1MiB");
  });

  it("makes diagnostics only of codes it has", () => {
    // @ts-expect-error the type refuses it too
    expect(() => diagnostic("no/such", "", "")).toThrow("no such diagnostic code");
  });
});
