/** Line and column, both from 1; columns count characters, not UTF-16 units, and a byte order mark counts as none. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Starts of a text's lines, found once. */
export class Lines {
  readonly #text: string;
  readonly #starts: number[] = [0];

  constructor(text: string) {
    this.#text = text;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#starts.push(at + 1);
    // A line break at the very end opens no line of its own.
    if (this.#starts.length > 1 && this.#starts.at(-1) === text.length) this.#starts.pop();
  }

  get count(): number {
    return this.#starts.length;
  }

  /** Without its line break and byte order mark. */
  line(number: number): string {
    const start = this.#starts[number - 1];
    if (start === undefined) return "";
    const end = this.#starts[number] ?? this.#text.length;
    const text = this.#text.slice(start, end).replace(/\r?\n$/, "");
    return number === 1 ? text.replace(/^\ufeff/, "") : text;
  }

  position(offset: number): Position {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    const number = low + 1;
    const line = this.line(number);
    const start = (this.#starts[low] ?? 0) + (number === 1 && this.#text.charCodeAt(0) === 0xfeff ? 1 : 0);
    const before = line.slice(0, Math.max(0, offset - start));
    return { line: number, column: [...before].length + 1 };
  }
}
