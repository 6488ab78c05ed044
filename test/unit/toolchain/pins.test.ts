import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { compare } from "semver";
import { describe, expect, it } from "vitest";
import { pinFolder, programName, stalePackages } from "../../../local/toolchain/build-module.ts";
import { TOOL_NAMES, TOOLS, toolOf } from "../../../local/toolchain/catalog.ts";
import { DATA_NAMES, dataSet } from "../../../local/toolchain/data-catalog.ts";
import { MINIMUM_GO, MODULE_NAMES, toolModule } from "../../../local/toolchain/modules.ts";

const read = (module: string, file: string) => readFile(join(pinFolder(module), file), "utf8");

describe("the pins of each tool", () => {
  it.each(MODULE_NAMES)(
    "%s: go.mod requires the version of the catalog, with checksums, and names its programs",
    async (name) => {
      const { path, version } = toolModule(name);
      const [goMod, goSum] = [await read(name, "go.mod"), await read(name, "go.sum")];
      expect(goMod).toMatch(new RegExp(`^(require )?\\s*${path} v${version}( // indirect)?$`, "m"));
      expect(goSum).toContain(`${path} v${version} h1:`);
      expect(goSum).toContain(`${path} v${version}/go.mod h1:`);
      for (const tool of TOOL_NAMES.filter((tool) => TOOLS[tool].module === name)) {
        expect(goMod).toContain(TOOLS[tool].package);
      }
    },
  );

  it.each(DATA_NAMES.map((name) => [name, dataSet(name)] as const).filter(([, set]) => set.from === "go"))(
    "%s: its module's checksum is pinned",
    async (_, set) => {
      if (set.from !== "go") throw new Error("filtered above");
      expect(await read(set.pins, "go.sum")).toContain(`${set.module} v${set.version} h1:`);
    },
  );

  it("no go.mod asks for a newer Go than the one the messages name, or for a folder of this machine", async () => {
    const folders = await readdir(pinFolder("."));
    expect(folders.length).toBeGreaterThanOrEqual(MODULE_NAMES.length);
    for (const folder of folders) {
      const goMod = await read(folder, "go.mod");
      const wanted = /^go (\S+)$/m.exec(goMod)?.[1] ?? "";
      const named = MODULE_NAMES.find((name) => name === folder);
      const least = (named && toolModule(named).minimumGo) ?? MINIMUM_GO;
      expect(compare(least, wanted), folder).toBeGreaterThanOrEqual(0);
      expect(goMod, folder).not.toMatch(/=> *[./]/);
    }
  });

  it("accepts on PATH what it pins itself", async () => {
    const { versionFits } = await import("../../../local/toolchain/path-lookup.ts");
    for (const name of TOOL_NAMES) {
      const rule = toolOf(name).onPath;
      if (rule === undefined || name === "pulumi-language-nodejs") continue;
      expect(versionFits(toolModule(TOOLS[name].module).version, rule.range), name).toBe(true);
    }
  });
});

describe("what Go calls things", () => {
  it("names a program after its import path without the major version", () => {
    expect(programName("go.etcd.io/etcd/server/v3")).toBe("server");
    expect(programName("sigs.k8s.io/kwok/cmd/kwok")).toBe("kwok");
  });

  it("counts as work what is not in its build cache", () => {
    const listed = "a\ttrue\tbuild ID mismatch\nb\ttrue\tnot installed but available in build cache\nc\tfalse\t\n";
    expect([...stalePackages(listed)]).toEqual(["a"]);
  });
});
