/** Writing text of unknown origin into GitHub's Markdown so that it stays text: in a table's cell, in a list, in code. */
export interface Markdown {
  /** One line; nothing in it is markup, a mention or a link. */
  readonly text: (text: string) => string;
  /** The same in code type. */
  readonly code: (text: string) => string;
  /** Several lines as they are. */
  readonly block: (text: string) => string;
}

/** Characters of one cell: more is an attack or a mistake, and GitHub takes no comment above 65,536. */
const LONGEST = 1_000;
const LONGEST_BLOCK = 6_000;

/** Steers a terminal, or shows text in another order than it has. */
const STEERING = /(?![\n\t])[\p{Cc}\p{Cf}]/gu;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "@": "&#64;",
  "|": "&#124;",
};

/** @param mask takes secrets out, before anything is escaped */
export function markdown(mask: (text: string) => string): Markdown {
  const plain = (text: string) => mask(text).replace(STEERING, "");
  const oneLine = (text: string) => cut(plain(text).replace(/\s+/g, " ").trim(), LONGEST);
  return {
    text: (text) =>
      oneLine(text)
        .replace(/[\\`*_{}[\]#~$!]/g, "\\$&")
        .replace(/[&<>@|]/g, (character) => ENTITIES[character] ?? "")
        // A bare address would become a link.
        .replace(/:\/\//g, ":&#47;&#47;")
        .replace(/\bwww\./gi, "www&#46;"),
    code: (text) => {
      // In code, entities are not read; `|` ends a cell even there, and only there a backslash keeps it.
      const inner = oneLine(text).replaceAll("|", "\\|");
      const fence = "`".repeat(longestRun(inner) + 1);
      return inner === "" ? "" : fence.length > 1 ? `${fence} ${inner} ${fence}` : `\`${inner}\``;
    },
    block: (text) => {
      const inner = cut(plain(text), LONGEST_BLOCK);
      const fence = "`".repeat(Math.max(3, longestRun(inner) + 1));
      return `${fence}text\n${inner}\n${fence}`;
    },
  };
}

const longestRun = (text: string): number => Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));

const cut = (text: string, longest: number): string => (text.length <= longest ? text : `${text.slice(0, longest)}…`);
