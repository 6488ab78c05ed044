import { copyFile, cp, lstat, mkdir, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import type { SourceRepair } from "./modules.ts";

/**
 * Copies a module out of Go's module cache, which is read-only and checked, and puts back what its zip could not carry.
 * @param from the module's folder in the module cache
 * @param to a folder that does not exist yet
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
}
