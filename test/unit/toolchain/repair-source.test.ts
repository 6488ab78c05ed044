import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { repairSource } from "../../../local/toolchain/repair-source.ts";

const nothing = { links: [], placeholders: [], corrections: [], leaveOut: [] };

describe("the copy of a module", () => {
  let folder: string;
  const from = () => join(folder, "module");
  const to = () => join(folder, "copy");
  const copied = (file: string) => readFileSync(join(to(), file), "utf8");

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "orch-repair-"));
    mkdirSync(join(from(), "docs"), { recursive: true });
    writeFileSync(join(from(), "a.go"), "slow(x)\nother(x)\n");
    writeFileSync(join(from(), "docs", "b.md"), "prose");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("has the corrections and the files its zip dropped, and not what is left out", async () => {
    await repairSource(from(), to(), {
      links: [{ link: "linked.go", target: "a.go" }],
      placeholders: [{ file: "ui/index.html", text: "nothing" }],
      corrections: [{ file: "a.go", find: "slow(x)", replace: "quick(x)" }],
      leaveOut: ["docs"],
    });
    expect(copied("a.go")).toBe("quick(x)\nother(x)\n");
    expect(copied("linked.go")).toBe("slow(x)\nother(x)\n");
    expect(copied("ui/index.html")).toBe("nothing");
    expect(() => copied("docs/b.md")).toThrow("ENOENT");
  });

  test.each([
    ["is not there", "gone(x)"],
    ["is there twice", "(x)"],
  ])("is refused when what a correction is about %s", async (_, find) => {
    const repair = { ...nothing, corrections: [{ file: "a.go", find, replace: "" }] };
    await expect(repairSource(from(), to(), repair)).rejects.toThrow("the correction is for another version");
  });
});
