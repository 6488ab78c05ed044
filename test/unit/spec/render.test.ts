import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { type Diagnostic, renderDiagnostics, toJson, toProblem } from "../../../submission/spec/index.ts";

const at = (line: number, column: number, change: Partial<Diagnostic> = {}): Diagnostic => ({
  code: "schema/unknown-value",
  severity: "error",
  message: 'qos is "spot-ok".',
  path: "nodes[0].qos",
  line,
  column,
  suggestion: "Did you mean spot_ok?",
  source: "dag.yaml",
  ...change,
});

/** The source line and the caret line under it. */
const excerpt = (rendered: string): [string, string] => {
  const [line = "", caret = ""] = rendered.split("\n").slice(1, 3);
  return [line, caret];
};

describe("diagnostics for people", () => {
  it("show the place, the line with a caret, and what to do", () => {
    expect(renderDiagnostics([at(2, 6)], new Map([["dag.yaml", "a: 1\nqos: spot-ok\n"]]))).toBe(
      [
        'dag.yaml:2:6: error [schema/unknown-value] qos is "spot-ok".',
        "  2 | qos: spot-ok",
        "    |      ^",
        "  at: nodes[0].qos",
        "  help: Did you mean spot_ok?",
        "",
      ].join("\n"),
    );
  });

  it("are coloured only when asked to", () => {
    const sources = { "dag.yaml": "a: 1\nqos: spot-ok\n" };
    const plain = renderDiagnostics([at(2, 6)], sources);
    const coloured = renderDiagnostics([at(2, 6)], sources, { color: true });
    expect(plain).not.toContain("\u001b");
    expect(coloured).toContain("\u001b[31m");
    expect(stripVTControlCharacters(coloured)).toBe(plain);
  });

  it("cut long lines around the caret", () => {
    const text = `${"x".repeat(5000)}!${"y".repeat(5000)}`;
    const [line, caret] = excerpt(renderDiagnostics([at(1, 5001)], { "dag.yaml": text }, { width: 80 }));
    expect(line.length).toBeLessThanOrEqual(90);
    expect(line).toMatch(/^ {2}1 \| \.\.\.x+!y+\.\.\.$/);
    expect(caret.indexOf("^")).toBe(line.indexOf("!"));
  });

  it("keep the caret under wide characters, and show what a terminal would obey", () => {
    const [wide, under] = excerpt(renderDiagnostics([at(1, 4)], { "dag.yaml": "日本: !" }));
    expect(wide).toBe("  1 | 日本: !");
    expect(under).toBe(`    | ${" ".repeat(5)}^`);
    const [line] = excerpt(renderDiagnostics([at(1, 1)], { "dag.yaml": "\u001b[2Jx\u202e\u0000" }));
    expect(line).toBe("  1 | \\u{1b}[2Jx\\u{202e}\\u{0}");
    const message = renderDiagnostics([at(1, 1, { message: "bad \u001b[31m", suggestion: "\u0007" })], {
      "dag.yaml": "",
    });
    expect(message).not.toContain("\u001b");
    expect(message).not.toContain("\u0007");
  });

  it("need no text of what they are about", () => {
    expect(renderDiagnostics([at(1, 1, { source: "--team", path: "", suggestion: undefined })], {})).toBe(
      '--team: error [schema/unknown-value] qos is "spot-ok".\n',
    );
  });
});

describe("diagnostics for machines", () => {
  it("have every field, with null for no suggestion", () => {
    expect(toJson([at(1, 2, { suggestion: undefined })])).toEqual({
      ok: false,
      diagnostics: [
        {
          code: "schema/unknown-value",
          severity: "error",
          message: 'qos is "spot-ok".',
          path: "nodes[0].qos",
          line: 1,
          column: 2,
          suggestion: null,
          source: "dag.yaml",
        },
      ],
    });
    expect(toJson([at(1, 1, { severity: "warning" })]).ok).toBe(true);
  });

  it("are problem details of RFC 9457", () => {
    expect(toProblem([at(1, 2), at(3, 4)])).toMatchObject({
      type: "urn:orch:problem:invalid-submission",
      title: "The submission is not valid",
      status: 422,
      detail: '2 errors, first: qos is "spot-ok".',
      diagnostics: [{ line: 1 }, { line: 3 }],
    });
    expect(toProblem([at(1, 1, { code: "input/too-large" })]).status).toBe(413);
  });
});
