import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { AskVersion } from "../../../local/toolchain/path-lookup.ts";
import { findOnPath, readVersion, versionFits } from "../../../local/toolchain/path-lookup.ts";
import { scratchFolder, writeProgram } from "./fake-go.ts";

/** Answers by the program's folder. */
function answering(versions: Record<string, string>): AskVersion {
  return async (file) => {
    const version = Object.entries(versions).find(([folder]) => file.startsWith(`${folder}/`))?.[1];
    if (version === undefined) throw new Error("does not answer");
    return version;
  };
}

describe("the version of a program", () => {
  it.each([
    ["Kubernetes v1.35.2", "1.35.2"],
    ["etcd Version: 3.6.7\nGit SHA: abc\nGo Version: go1.26.8", "3.6.7"],
    ["Client Version: v1.32.2\nKustomize Version: v5.5.0", "1.32.2"],
    ["kwok version v0.7.0 go1.24.1 (linux/amd64)", "0.7.0"],
    ["argo: v3.7.14", "3.7.14"],
    ["v3.220.0\n", "3.220.0"],
    ["Conftest: 0.71.1\nOPA: 1.21.1\n", "0.71.1"],
    ["Version: 1.22.2\nBuild Commit: \nGo Version: go1.26.8\nRego Version: v1", "1.22.2"],
    ["v3.221.0-alpha.1f3d", "3.221.0-alpha.1f3d"],
  ])("is read from %j", (printed, version) => {
    expect(readVersion(printed)).toBe(version);
  });

  it("is nothing where none is printed", () => {
    expect(readVersion("usage: kueue [flags]")).toBeUndefined();
  });

  it("fits the same minor version, and not the next one or a build between releases", () => {
    expect(versionFits("1.35.9", "~1.35")).toBe(true);
    expect(versionFits("1.36.0", "~1.35")).toBe(false);
    expect(versionFits("1.34.3", "~1.35")).toBe(false);
    expect(versionFits("3.221.0-alpha.1", "^3.200")).toBe(false);
  });
});

describe("looking for a tool on PATH", () => {
  it("takes the first folder whose program has a right version", async () => {
    const root = await scratchFolder();
    const [old, right, later] = ["old", "right", "later"].map((name) => join(root, name)) as [string, string, string];
    for (const folder of [old, right, later]) await writeProgram(folder, "etcd", "");
    const ask = answering({
      [old]: "etcd Version: 3.5.9",
      [right]: "etcd Version: 3.6.1",
      [later]: "etcd Version: 3.6.7",
    });
    expect(await findOnPath("etcd", [join(root, "absent"), old, right, later].join(":"), ask)).toEqual({
      path: join(right, "etcd"),
      version: "3.6.1",
    });
  });

  it("passes over a program that does not say its version", async () => {
    const folder = await scratchFolder();
    await writeProgram(folder, "kwok", "");
    expect(await findOnPath("kwok", folder, answering({}))).toBeUndefined();
  });

  it("wants the language host beside the user's own engine, and takes both from one folder", async () => {
    const root = await scratchFolder();
    const [lonely, whole] = [join(root, "lonely"), join(root, "whole")];
    await writeProgram(lonely, "pulumi", "");
    await writeProgram(whole, "pulumi", "");
    await writeProgram(whole, "pulumi-language-nodejs", "");
    const ask = answering({ [lonely]: "v3.230.0", [whole]: "v3.210.0" });
    const path = `${lonely}:${whole}`;
    expect((await findOnPath("pulumi", path, ask))?.path).toBe(join(whole, "pulumi"));
    expect(await findOnPath("pulumi-language-nodejs", path, ask)).toEqual({
      path: join(whole, "pulumi-language-nodejs"),
      version: "3.210.0",
    });
  });

  it("leaves an engine of the user's own that is too old", async () => {
    const folder = await scratchFolder();
    for (const name of ["pulumi", "pulumi-language-nodejs"]) await writeProgram(folder, name, "");
    const ask = answering({ [folder]: "v3.150.0" });
    expect(await findOnPath("pulumi", folder, ask)).toBeUndefined();
    expect(await findOnPath("pulumi-language-nodejs", folder, ask)).toBeUndefined();
  });

  it("does not look for what upstream does not release under that name, nor when it is turned off", async () => {
    const folder = await scratchFolder();
    for (const name of ["kueue", "etcd"]) await writeProgram(folder, name, "");
    const ask = answering({ [folder]: "3.6.7" });
    expect(await findOnPath("kueue", folder, ask)).toBeUndefined();
    expect(await findOnPath("etcd", undefined, ask)).toBeUndefined();
  });
});
