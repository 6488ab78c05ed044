/**
 * `npm run bench`: what compiling and a preview of production cost. Whole processes, from start to exit, against the floor of a bare JSON.parse and
 * JSON.stringify in the same run. Prints tables, keeps no file.
 *
 * `--rounds N` (default 11), `--quick` (up to 2,000 nodes, 5 rounds), `--check` (exit 1 when a bound is missed).
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import Table from "cli-table3";
import { benchParams, layeredDag } from "./dags.ts";
import { heraFigures } from "./hera.ts";
import { interleaved, measure, median, peakMemory, sizeOf } from "./measured-process.ts";
import { previewFigures } from "./preview.ts";

const BIN = resolve(import.meta.dirname, "../../submission/cli/orch.js");
const FLOOR = resolve(import.meta.dirname, "floor.js");
const SAMPLE = resolve(import.meta.dirname, "../../submission/samples/bt_xs_bilstm_v1.yaml");

/** The most nodes of the bench's shape that one Workflow holds; larger ones are compiled with `--no-size-check`. */
const HELD = 2000;

const BOUNDS = {
  timesFloor: 5,
  timesFloorAt: [2000, 5000],
  validateMillis: 150,
  timesHera: 30,
  previewSeconds: 15,
  policySeconds: 3,
} as const;

const { values } = parseArgs({
  options: {
    rounds: { type: "string" },
    quick: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds ?? (values.quick ? 5 : 11));
const sizes = [3, 100, 1000, 2000, ...(values.quick ? [] : [5000, 10000])];
const folder = mkdtempSync(join(tmpdir(), "orch-bench-"));
const missed: string[] = [];
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

console.log(
  `${process.version}, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}, ${rounds} rounds interleaved, medians`,
);
const compiled = benchCompile();
benchHera();
benchValidate();
benchPreview();
for (const bound of missed) console.log(`MISSED: ${bound}`);
if (missed.length === 0) console.log("every bound is kept");
if (values.check && missed.length > 0) process.exitCode = 1;

interface Inputs {
  readonly dag: string;
  readonly manifest: string;
  readonly args: readonly string[];
}

function inputs(nodes: number): Inputs {
  const dag = join(folder, `dag-${nodes}.json`);
  const params = join(folder, "params.json");
  const manifest = join(folder, `manifest-${nodes}.json`);
  writeFileSync(dag, JSON.stringify(layeredDag({ nodes, layers: Math.max(3, Math.floor(nodes / 10)) })));
  writeFileSync(params, JSON.stringify(benchParams("bench")));
  const args = [BIN, "compile", dag, "--params", params, "-o", "json", ...(nodes > HELD ? ["--no-size-check"] : [])];
  measure(process.execPath, args, manifest);
  return { dag, manifest, args };
}

/** Milliseconds by number of nodes. */
function benchCompile(): ReadonlyMap<number, number> {
  const table = new Table({
    head: ["nodes", "input", "manifest", "orch compile", "floor", "times floor", "per node", "peak memory"],
    style: { head: [], border: [] },
  });
  const millis = new Map<number, number>();
  for (const nodes of sizes) {
    const { dag, manifest, args } = inputs(nodes);
    sameManifest(dag, manifest);
    const taken = interleaved(
      {
        orch: () => measure(process.execPath, args).millis,
        floor: () => {
          const { millis: whole, stderr } = measure(process.execPath, [FLOOR, dag, manifest]);
          return whole - Number(stderr);
        },
      },
      rounds,
    );
    const [orch, floor] = [median(taken.orch), median(taken.floor)];
    millis.set(nodes, orch);
    const ratio = orch / floor;
    if (BOUNDS.timesFloorAt.some((size) => size === nodes) && ratio > BOUNDS.timesFloor) {
      missed.push(`${nodes} nodes take ${ratio.toFixed(1)} times the floor, at most ${BOUNDS.timesFloor} are allowed`);
    }
    table.push([
      nodes,
      kibibytes(sizeOf(dag)),
      kibibytes(sizeOf(manifest)),
      `${orch.toFixed(0)} ms`,
      `${floor.toFixed(0)} ms`,
      ratio.toFixed(1),
      `${((orch / nodes) * 1000).toFixed(0)} us`,
      `${peakMemory(args).toFixed(0)} MiB`,
    ]);
  }
  console.log(table.toString());
  growth(millis);
  return millis;
}

/** What the floor writes is what we write: both serialise one and the same manifest. */
function sameManifest(dag: string, manifest: string): void {
  const copy = `${manifest}.floor`;
  measure(process.execPath, [FLOOR, dag, manifest], copy);
  if (!readFileSync(copy).equals(readFileSync(manifest))) throw new Error("the floor serialises another manifest");
}

/** The cost of a further node from 5,000 to 10,000 against the one from 1,000 to 5,000: about 1 when growth is linear. */
function growth(millis: ReadonlyMap<number, number>): void {
  const [a, b, c] = [millis.get(1000), millis.get(5000), millis.get(10000)];
  if (a === undefined || b === undefined || c === undefined) return;
  const slope = (c - b) / 5000 / ((b - a) / 4000);
  console.log(
    `a node between 5,000 and 10,000 costs ${slope.toFixed(2)} times one between 1,000 and 5,000 (1 = linear)`,
  );
  if (slope > 1.5)
    missed.push(`growth to 10,000 nodes is not linear: the last nodes cost ${slope.toFixed(2)} times the ones before`);
}

function benchHera(): void {
  const nodes = 5000;
  const ours = compiled.get(nodes);
  if (ours === undefined) return;
  const { dag, manifest } = inputs(nodes);
  const hera = heraFigures(dag, manifest);
  if ("skipped" in hera) {
    console.log(`Hera: skipped, ${hera.skipped}`);
    return;
  }
  const factor = hera.yamlMillis / ours;
  console.log(
    `Hera ${hera.version} at ${nodes} nodes, the same tasks, ${hera.rounds} rounds: ${(hera.yamlMillis / 1000).toFixed(2)} s (to_yaml), ${factor.toFixed(0)} times orch compile;` +
      ` ${(hera.jsonMillis / 1000).toFixed(2)} s through json.dumps(to_dict()), ${(hera.jsonMillis / ours).toFixed(0)} times`,
  );
  if (factor < BOUNDS.timesHera)
    missed.push(`${factor.toFixed(0)} times faster than Hera, at least ${BOUNDS.timesHera} are wanted`);
}

function benchValidate(): void {
  const taken = interleaved(
    {
      validate: () => measure(process.execPath, [BIN, "validate", SAMPLE]).millis,
      nothing: () => measure(process.execPath, ["-e", "0"]).millis,
    },
    Math.max(rounds, 15),
  );
  const [validate, nothing] = [median(taken.validate), median(taken.nothing)];
  const more = validate - nothing;
  console.log(
    `orch validate of the sample: ${validate.toFixed(0)} ms, node -e 0: ${nothing.toFixed(0)} ms, ${more.toFixed(0)} ms more;` +
      ` peak memory ${peakMemory([BIN, "validate", SAMPLE]).toFixed(0)} MiB`,
  );
  if (more > BOUNDS.validateMillis)
    missed.push(
      `validate takes ${more.toFixed(0)} ms more than node -e 0, at most ${BOUNDS.validateMillis} are allowed`,
    );
}

function benchPreview(): void {
  const { programStart, preview, policies, resources } = previewFigures(Math.min(rounds, 3));
  const [seconds, policySeconds] = [preview / 1000, policies / 1000];
  console.log(
    `pulumi preview of prod: ${seconds.toFixed(1)} s for ${resources} resources; its program is there after ${programStart.toFixed(0)} ms, all policy packs add ${policySeconds.toFixed(1)} s`,
  );
  if (seconds > BOUNDS.previewSeconds)
    missed.push(`a preview of prod takes ${seconds.toFixed(1)} s, at most ${BOUNDS.previewSeconds} are allowed`);
  if (policySeconds > BOUNDS.policySeconds)
    missed.push(`policy packs add ${policySeconds.toFixed(1)} s to it, at most ${BOUNDS.policySeconds} are allowed`);
}

function kibibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024)} KiB`;
}
