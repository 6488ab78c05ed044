import { copyFile, cp, lstat, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import type { SourceRepair } from "./modules.ts";

/**
 * Copies a module out of Go's module cache, which is read-only and checked, puts back what its zip could not carry, and makes the
 * corrections.
 * @param from the module's folder in the module cache
 * @param to a folder that does not exist yet
 * @throws Error when the source is not the one that a correction was written for
 */
export async function repairSource(from: string, to: string, repair: SourceRepair): Promise<void> {
  const leftOut = new Set(repair.leaveOut);
  await cp(from, to, {
    recursive: true,
    filter: async (source, target) => {
      if (leftOut.has(relative(from, source).split(sep).join("/"))) return false;
      // Folders of the module cache are read-only; their copies must take files.
      if ((await lstat(source)).isDirectory()) await mkdir(target, { recursive: true });
      return true;
    },
  });
  for (const { link, target } of repair.links) {
    await copyFile(join(to, target), join(to, link));
  }
  for (const { file, text } of repair.placeholders) {
    const placed = join(to, file);
    await mkdir(dirname(placed), { recursive: true });
    await writeFile(placed, text);
  }
  for (const { file, find, replace } of repair.corrections) {
    const [before, after, ...more] = (await readFile(join(to, file), "utf8")).split(find);
    if (before === undefined || after === undefined || more.length > 0) {
      throw new Error(
        `${file} does not have ${JSON.stringify(find)} exactly once: the correction is for another version`,
      );
    }
    await writeFile(join(to, file), before + replace + after);
  }
}
