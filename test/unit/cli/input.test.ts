import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readDocument, refuseTwoStandardInputs } from "../../../submission/cli/input.ts";
import { orch, PARAMS, SAMPLE } from "./orch-process.ts";

const MIB = 1024 * 1024;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "orch-input-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function* hundredMebibytes(): Generator<Buffer> {
  const chunk = Buffer.alloc(MIB, "a");
  for (let sent = 0; sent < 100; sent++) yield chunk;
}

async function diagnosed(
  args: readonly string[],
  stdin?: Iterable<Buffer>,
): Promise<{ code: string; message: string }> {
  const { code, stdout, stderr } = await orch([...args, "--json"], { stdin });
  expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  const { ok, diagnostics } = JSON.parse(stdout);
  expect(ok).toBe(false);
  expect(diagnostics).toHaveLength(1);
  expect(diagnostics[0]).toMatchObject({ severity: "error", line: 1, column: 1, suggestion: expect.any(String) });
  return diagnostics[0];
}

describe("a document that cannot be had is a diagnostic like any other:", () => {
  test("a directory", async () => {
    expect(await diagnosed(["validate", folder])).toMatchObject({ code: "input/directory" });
  });

  test("a missing file", async () => {
    const found = await diagnosed(["validate", join(folder, "nothing.yaml")]);
    expect(found.code).toBe("input/unreadable");
    expect(found.message).toContain("nothing.yaml");
  });

  test("a path through a file", async () => {
    expect(await diagnosed(["validate", join(SAMPLE, "dag.yaml")])).toMatchObject({ code: "input/unreadable" });
  });

  test("a file of 100 MB, by its size alone", async () => {
    const path = file("large.yaml", "");
    truncateSync(path, 100 * MIB);
    const found = await diagnosed(["validate", path]);
    expect(found.code).toBe("input/too-large");
    expect(found.message).toContain("100MiB");
  });

  test("100 MB of standard input, cut off when it passes the limit", async () => {
    expect(await diagnosed(["validate", "-"], hundredMebibytes())).toMatchObject({ code: "input/too-large" });
  });

  test("a device without an end", async () => {
    expect(await diagnosed(["validate", "/dev/zero"])).toMatchObject({ code: "input/too-large" });
  });

  test("bytes that are no text", async () => {
    expect(await diagnosed(["validate", file("nul.yaml", Buffer.from([0x61, 0, 0x62]))])).toMatchObject({
      code: "input/encoding",
    });
    expect(await diagnosed(["validate", file("latin1.yaml", Buffer.from([0x61, 0xe4]))])).toMatchObject({
      code: "input/encoding",
    });
  });

  test("the runtime parameters, with the others still read", async () => {
    const found = await diagnosed(["validate", SAMPLE, "--params", folder]);
    expect(found).toMatchObject({ code: "input/directory", source: folder });
  });

  test("the profile", async () => {
    const { code, stderr } = await orch(["validate", SAMPLE, "--profile", folder]);
    expect(code).toBe(1);
    expect(stderr).toContain("is a directory");
  });
});

describe("reading", () => {
  test("refuses a file whose reading fails half-way", async () => {
    // Opens like any file and then has nothing to give at its beginning.
    await expect(readDocument("/proc/self/mem", MIB)).rejects.toMatchObject({
      diagnostic: { code: "input/unreadable" },
    });
  });

  test("takes exactly the limit and not a byte more", async () => {
    const path = file("limit.yaml", "a".repeat(100));
    expect((await readDocument(path, 100)).text).toHaveLength(100);
    await expect(readDocument(path, 99)).rejects.toMatchObject({ diagnostic: { code: "input/too-large" } });
  });

  test("standard input can be only one of the documents", async () => {
    expect(() => refuseTwoStandardInputs(["-", undefined, "-"])).toThrow("only one");
    const { code, stderr } = await orch(["validate", "-", "--params", "-"], { stdin: "" });
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("only one document") });
  });
});

test("a profile that is none says what is wrong with it", async () => {
  const path = file("profile.yaml", "version: 2\n");
  const { code, stderr } = await orch(["compile", SAMPLE, "--params", PARAMS, "--profile", path]);
  expect(code).toBe(1);
  expect(stderr).toContain("is not a PlatformProfile");
  expect(stderr).toContain("version");
  expect(stderr).not.toMatch(/^ +at /m);
});
