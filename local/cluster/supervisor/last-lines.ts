import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const COUNT = 15;
const WINDOW = 16 * 1024;
/** A line of JSON can be a screen long. */
const WIDTH = 400;

/** The end of a log, oldest line first; empty when there is none. */
export function lastLines(path: string): string[] {
  try {
    const file = openSync(path, "r");
    try {
      const { size } = fstatSync(file);
      const length = Math.min(size, WINDOW);
      const buffer = Buffer.alloc(length);
      readSync(file, buffer, 0, length, size - length);
      const lines = buffer.toString("utf8").split("\n");
      if (size > length) lines.shift();
      return lines
        .filter((line) => line.trim() !== "")
        .slice(-COUNT)
        .map((line) => (line.length > WIDTH ? `${line.slice(0, WIDTH)}…` : line));
    } finally {
      closeSync(file);
    }
  } catch {
    return [];
  }
}
