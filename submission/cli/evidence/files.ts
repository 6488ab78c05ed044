import type { z } from "zod";
import { Findings } from "../../spec/findings.ts";
import { EVIDENCE_FILES, type EvidenceFile } from "../../spec/release/index.ts";
import { parseDocument } from "../../spec/text/document.ts";
import { Lines } from "../../spec/text/position.ts";
import { InputError, readDocument } from "../input.ts";

/** Far above any model card. */
const LIMIT = 1024 * 1024;

export type Content<Name extends EvidenceFile> = z.output<(typeof EVIDENCE_FILES)[Name]>;

/** Reads files of evidence and keeps what is wrong with each, located, so that all of it is said at once. */
export class EvidenceFiles {
  readonly problems: string[] = [];

  /**
   * What the files say together; each key of theirs may stand in one of them only.
   *
   * @returns undefined when something is wrong, which then stands in `problems`
   */
  async read<Name extends EvidenceFile>(name: Name, paths: readonly string[]): Promise<Content<Name> | undefined> {
    const before = this.problems.length;
    const documents = [];
    for (const path of paths) documents.push(await this.#document(path));
    const known = documents.filter((one) => one !== undefined);
    if (known.length < paths.length) return undefined;
    const [only, ...more] = known;
    const value = more.length === 0 ? only?.value : this.#merged(known);
    const parsed = EVIDENCE_FILES[name].safeParse(value);
    if (parsed.success) return this.problems.length === before ? (parsed.data as Content<Name>) : undefined;
    for (const { path, message, code, ...issue } of parsed.error.issues) {
      const steps = path.map((step) => (typeof step === "symbol" ? String(step) : step));
      const place = known.find((one) => steps[0] !== undefined && one.has(steps[0])) ?? only;
      const unknown = code === "unrecognized_keys" && "keys" in issue ? `has no field ${String(issue.keys)}` : message;
      this.problems.push(`${place?.at(steps) ?? name}: ${[name, ...steps].join(".")} ${unknown}`);
    }
    return undefined;
  }

  async #document(path: string) {
    try {
      const { text, source } = await readDocument(path, LIMIT);
      const findings = new Findings("refs");
      const parsed = parseDocument(text, source, findings);
      const lines = new Lines(text);
      const where = (offset: number) => {
        const { line, column } = lines.position(offset);
        return `${source}:${line}:${column}`;
      };
      for (const { message, offset = 0 } of findings.list) this.problems.push(`${where(offset)}: ${message}`);
      if (parsed === undefined || findings.list.length > 0) return undefined;
      const { value } = parsed;
      return {
        source,
        value,
        has: (key: string | number) => typeof value === "object" && value !== null && Object.hasOwn(value, key),
        at: (steps: readonly (string | number)[]) => where(parsed.locate(steps, false)),
      };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.problems.push(error.message);
      return undefined;
    }
  }

  #merged(documents: readonly { source: string; value: unknown }[]): Record<string, unknown> {
    const merged: Record<string, unknown> = {};
    const from = new Map<string, string>();
    for (const { source, value } of documents) {
      for (const [key, one] of Object.entries(typeof value === "object" && value !== null ? value : {})) {
        const other = from.get(key);
        if (other !== undefined)
          this.problems.push(`${source}: ${key} stands in ${other} as well; which counts nobody can say`);
        from.set(key, source);
        merged[key] = one;
      }
    }
    return merged;
  }
}
