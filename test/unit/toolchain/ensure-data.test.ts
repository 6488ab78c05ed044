import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ensureData, findData } from "../../../local/toolchain/index.ts";
import { fakeGo, scratchFolder, writeProgram } from "./fake-go.ts";

/** A Go whose module cache holds one read-only module. */
async function goWithModule(folder: string, files: Record<string, string>) {
  const module = await scratchFolder();
  await mkdir(join(module, folder), { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(module, folder, name), text, { mode: 0o444 });
  return fakeGo({ download: `echo '{"Dir":"${module}"}'` });
}

describe("making data files ready", () => {
  it("takes a folder out of a module once, writable, with its scripts executable", async () => {
    const go = await goWithModule("nodejs/dist", {
      "pulumi-analyzer-policy": "#!/bin/sh\n",
      "pulumi-resource-pulumi-nodejs": "#!/bin/sh\n",
      "other.cmd": "",
    });
    const options = { cacheDir: await scratchFolder(), env: go.env };
    const first = (await ensureData(["pulumi-node-scripts"], options))["pulumi-node-scripts"];
    expect(first.source).toBe("fetched");
    expect((await stat(join(first.path, "pulumi-analyzer-policy"))).mode & 0o777).toBe(0o755);
    expect((await stat(join(first.path, "other.cmd"))).mode & 0o777).toBe(0o644);
    const calls = (await go.calls()).length;
    const second = (await ensureData(["pulumi-node-scripts"], options))["pulumi-node-scripts"];
    expect(second).toEqual({ ...first, source: "cache" });
    expect(await go.calls()).toHaveLength(calls);
  });

  it("asks for the pinned version in a folder whose go.sum checks it", async () => {
    const go = await goWithModule("config/crd/bases", { "ray.io_rayjobs.yaml": "kind: CustomResourceDefinition\n" });
    const { path, version } = (await ensureData(["kuberay-crds"], { cacheDir: await scratchFolder(), env: go.env }))[
      "kuberay-crds"
    ];
    expect(await go.calls()).toContain(`mod download -json github.com/ray-project/kuberay/ray-operator@v${version}`);
    expect(await readFile(join(path, "ray.io_rayjobs.yaml"), "utf8")).toContain("CustomResourceDefinition");
  });

  it("leaves nothing behind when the module cannot be downloaded, and says why", async () => {
    const go = await fakeGo({ download: `echo '{"Error": "reading m.zip: 403 Forbidden"}'; exit 1` });
    const cacheDir = await scratchFolder();
    const options = { cacheDir, env: go.env };
    await expect(ensureData(["keda-crds"], options)).rejects.toThrow(/keda-crds.*a Go module could not be downloaded/s);
    expect(await readdir(join(cacheDir, "data/keda-crds"))).toEqual([]);
    expect(await findData("keda-crds", options)).toEqual({ unavailable: expect.stringContaining("403 Forbidden") });
  });

  it("says that Maven is missing where a jar is needed", async () => {
    const empty = await scratchFolder();
    const found = await findData("flink-crds", { cacheDir: await scratchFolder(), env: { PATH: empty } });
    expect(found).toEqual({ unavailable: expect.stringContaining("Maven is not on PATH") });
  });

  it("refuses a jar whose files are not the pinned ones", async () => {
    const folder = await scratchFolder();
    await writeProgram(
      folder,
      "mvn",
      `for arg in "$@"; do case "$arg" in -DoutputDirectory=*) out=\${arg#*=};; esac; done
mkdir -p $out/META-INF/fabric8
for kind in flinkdeployments flinksessionjobs flinkstatesnapshots; do
  echo other > $out/META-INF/fabric8/$kind.flink.apache.org-v1.yml
done`,
    );
    const found = await findData("flink-crds", {
      cacheDir: await scratchFolder(),
      env: { PATH: `${folder}:/usr/bin:/bin` },
    });
    expect(found).toEqual({ unavailable: expect.stringContaining("is not the file that is pinned") });
  });
});
