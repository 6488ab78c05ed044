import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, resolve } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import packages from "../../../submission/service/image/packages.json" with { type: "json" };

const SUBMISSION = resolve(import.meta.dirname, "../../../submission");

/** What is embedded where nothing else is named; a cluster has a server. */
const EMBEDDED = ["chdb"];

/** Packages that a module imports, whenever it does, and those of what it imports. */
function packagesOf(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  // What is imported as a type only is not there when it runs.
  const text = readFileSync(file, "utf8")
    .replaceAll(/^(import|export) type [^;]*;/gm, "")
    .replaceAll("typeof import(", "");
  return ts.preProcessFile(text).importedFiles.flatMap(({ fileName }) => {
    if (fileName.startsWith("."))
      return fileName.endsWith(".ts") ? packagesOf(join(dirname(file), fileName), seen) : [];
    if (isBuiltin(fileName)) return [];
    const [scope = "", name = ""] = fileName.split("/");
    return [scope.startsWith("@") ? `${scope}/${name}` : scope];
  });
}

test("the image holds every package that `orch serve` imports in a cluster, at its start or later", () => {
  const imported = new Set(packagesOf(join(SUBMISSION, "cli/commands/serve.ts")));
  expect(imported).toContain("@aws-sdk/client-s3");
  expect([...imported].filter((name) => !packages.includes(name) && !EMBEDDED.includes(name))).toEqual([]);
});
