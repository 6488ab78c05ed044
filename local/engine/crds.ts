import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { loadAll } from "js-yaml";
import { cacheRoot, type DataName, findData } from "../toolchain/index.ts";

/** Name of a system in the platform's configuration, and where its definitions lie in the data of its release. */
const SOURCES: Record<string, { data: DataName; folder: string }> = {
  // The API server checks every update of a Workflow whole against its schema: with the full one, one of 1,000 nodes costs it 0.25 s of
  // processor time each, with this one 0.11 s, and one of ten nodes 14 and 6 ms. What is in a Workflow is checked before it is submitted.
  "argo-workflows": { data: "argo-crds", folder: "minimal" },
  kueue: { data: "kueue-config", folder: "crd/bases" },
  kuberay: { data: "kuberay-crds", folder: "." },
  "spark-operator": { data: "spark-operator-crds", folder: "." },
  "flink-kubernetes-operator": { data: "flink-crds", folder: "." },
};

/** Changes whenever what is written for one definition does, so that an older layout is not taken for this one. */
const LAYOUT = "4";

/**
 * Lays out the definitions of every system as small JSON files, one folder per system, once per set of versions.
 *
 * @returns the folder, the value of ORCH_CRDS; where a system's definitions cannot be had on this machine, its folder holds
 *   the file UNAVAILABLE with the reason
 */
export async function prepareCrds(signal: AbortSignal | undefined): Promise<string> {
  const found = await Promise.all(
    Object.entries(SOURCES).map(async ([system, { data, folder }]) => {
      const ready = await findData(data, signal === undefined ? {} : { signal });
      return "path" in ready
        ? { system, version: ready.version, folder: join(ready.path, folder) }
        : { system, version: "none", reason: ready.unavailable };
    }),
  );
  const names = found.map(({ system, version }) => `${system}-${version}`);
  const target = join(cacheRoot(), "crds", [LAYOUT, ...names].join("_"));
  if (existsSync(target)) return target;
  // Loaded only here: the component room brings the whole SDK with it.
  const { isCrd, slimCrd } = await import("../../components/system/index.ts");
  // Written aside and renamed, so that an interrupt leaves nothing half done.
  const draft = `${target}.${process.pid}`;
  for (const { system, folder, reason } of found) {
    mkdirSync(join(draft, system), { recursive: true });
    if (folder === undefined) {
      writeFileSync(join(draft, system, "UNAVAILABLE"), reason);
      continue;
    }
    for (const file of globSync(["*.yaml", "*.yml"], { cwd: folder })) {
      const definitions = loadAll(readFileSync(join(folder, file), "utf8")).filter(isCrd);
      for (const crd of definitions)
        writeFileSync(join(draft, system, `${basename(crd.metadata.name)}.json`), JSON.stringify(slimCrd(crd)));
    }
  }
  try {
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
  return target;
}
