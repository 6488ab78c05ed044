import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import ts from "typescript";

/**
 * The files that a program loads, directly and through others, from the checkout's root.
 *
 * @param main file of the program, or the folder of its `index.ts`
 */
export function sourcesOf(root: string, main: string): Set<string> {
  const entry = statSync(join(root, main), { throwIfNoEntry: false })?.isDirectory() ? join(main, "index.ts") : main;
  const found = new Set<string>();
  const open = [normalize(entry)];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (found.has(file) || !existsSync(join(root, file))) continue;
    found.add(file);
    if (!/\.[cm]?[jt]s$/.test(file)) continue;
    const { importedFiles } = ts.preProcessFile(readFileSync(join(root, file), "utf8"), true, true);
    const near = importedFiles.map(({ fileName }) => fileName).filter((name) => name.startsWith("."));
    open.push(...near.map((name) => join(dirname(file), name)));
  }
  return found;
}
