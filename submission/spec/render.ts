import { styleText } from "node:util";
import type { Diagnostic } from "./model.ts";
import { Lines } from "./text/position.ts";

export interface RenderOptions {
  /** Default: none. */
  readonly color?: boolean;
  /** Columns of the terminal; longer lines are cut around the caret. Default 100. */
  readonly width?: number;
}

/** Texts of the sources that diagnostics point into, by source. */
export type Sources = ReadonlyMap<string, string> | Readonly<Record<string, string>>;

type Style = Parameters<typeof styleText>[0];
type Paint = (style: Style, text: string) => string;

/** For people: `file:line:column`, severity, code and message, the source line with a caret, the suggestion. */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: Sources,
  options: RenderOptions = {},
): string {
  const paint: Paint =
    options.color === true ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;
  const width = Math.max(40, options.width ?? 100);
  const lines = new Map<string, Lines | undefined>();
  const linesOf = (source: string): Lines | undefined => {
    if (!lines.has(source)) {
      const text = textOf(sources, source);
      lines.set(source, text === undefined ? undefined : new Lines(text));
    }
    return lines.get(source);
  };
  return diagnostics.map((each) => renderOne(each, linesOf(each.source), width, paint)).join("\n");
}

function textOf(sources: Sources, source: string): string | undefined {
  if (sources instanceof Map) return sources.get(source);
  return Object.hasOwn(sources, source) ? Reflect.get(sources, source) : undefined;
}

function renderOne(each: Diagnostic, lines: Lines | undefined, width: number, paint: Paint): string {
  const color = each.severity === "error" ? "red" : "yellow";
  const place = lines === undefined ? each.source : `${each.source}:${each.line}:${each.column}`;
  const head = `${paint("bold", visible(place))}: ${paint(color, each.severity)} ${paint("dim", `[${each.code}]`)} ${visible(each.message)}`;
  const rows = [head];
  if (lines !== undefined) rows.push(...excerpt(each, lines, width, paint, color));
  if (each.path !== "") rows.push(`  ${paint("dim", "at:")} ${visible(each.path)}`);
  if (each.suggestion !== undefined) rows.push(`  ${paint("cyan", "help:")} ${visible(each.suggestion)}`);
  return `${rows.join("\n")}\n`;
}

function excerpt(each: Diagnostic, lines: Lines, width: number, paint: Paint, color: Style): string[] {
  const characters = [...lines.line(each.line)];
  const number = String(each.line);
  const room = width - number.length - 5;
  const at = Math.min(each.column - 1, characters.length);
  const start =
    characters.length > room ? Math.max(0, Math.min(at - Math.floor(room / 2), characters.length - room)) : 0;
  const end = Math.min(characters.length, start + room);
  const before = `${start > 0 ? "..." : ""}${visible(characters.slice(start, at).join(""))}`;
  const after = `${visible(characters.slice(at, end).join(""))}${end < characters.length ? "..." : ""}`;
  const gutter = " ".repeat(number.length);
  return [
    `  ${paint("dim", `${number} |`)} ${before}${after}`,
    `  ${paint("dim", `${gutter} |`)} ${" ".repeat(columns(before))}${paint(color, "^")}`,
  ];
}

/** What would move the cursor, colour the terminal or turn the text around is shown as what it is. */
export function visible(text: string): string {
  return text
    .replaceAll("\t", "  ")
    .replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu, (character) => {
      const code = character.codePointAt(0) ?? 0;
      return `\\u{${code.toString(16)}}`;
    });
}

/** Terminal columns: East Asian wide characters and emoji take two, combining marks none. */
function columns(text: string): number {
  let sum = 0;
  for (const character of text) {
    if (/\p{Mark}/u.test(character)) continue;
    sum +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return sum;
}
