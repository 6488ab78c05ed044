import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chainsOf } from "../../../submission/compile/barriers.ts";
import { byPredecessors, type Graph } from "../../../submission/compile/graph.ts";
import { buildTopology } from "../../../submission/spec/graph/topology.ts";
import { compiled, dagOf, python, submissionOf } from "./submissions.ts";

type Pair = readonly [number, number];

const graphOf = (size: number, pairs: readonly Pair[]): Graph =>
  byPredecessors(
    buildTopology(
      size,
      Int32Array.from(pairs, ([from]) => from),
      Int32Array.from(pairs, ([, to]) => to),
    ),
  );

/** For each node all nodes it starts after. */
function ancestors(size: number, pairs: readonly Pair[]): Set<number>[] {
  const sets: Set<number>[] = Array.from({ length: size }, () => new Set());
  for (let round = 0; round < size; round++) {
    for (const [from, to] of pairs) {
      (sets[to] as Set<number>).add(from);
      for (const each of sets[from] as Set<number>) (sets[to] as Set<number>).add(each);
    }
  }
  return sets;
}

/** Edges that a chain of stretches amounts to: those within a stretch, and from all of a stretch to all of the next. */
function amountsTo(chains: ReturnType<typeof chainsOf>, pairs: readonly Pair[]): Pair[] {
  const place = new Map<number, string>();
  for (const [c, chain] of chains.entries()) {
    for (const [s, stretch] of chain.entries()) for (const node of stretch) place.set(node, `${c}/${s}`);
  }
  const kept = pairs.filter(([from, to]) => place.get(from) === place.get(to));
  const between = chains.flatMap((chain) =>
    chain.slice(1).flatMap((stretch, s) => (chain[s] ?? []).flatMap((from) => stretch.map((to): Pair => [from, to]))),
  );
  return [...kept, ...between];
}

const dags = fc.integer({ min: 1, max: 14 }).chain((size) =>
  fc.tuple(
    fc.constant(size),
    fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 40 }).map((pairs): Pair[] => {
      const forward = pairs.flatMap(([a, b]): Pair[] => (a === b ? [] : [[Math.min(a, b), Math.max(a, b)]]));
      return [...new Map(forward.map((pair) => [pair.join(), pair])).values()];
    }),
  ),
);

/** Layers, each waiting for all of the one before: nothing but barriers. */
function layered(width: number, layers: number): Pair[] {
  const pairs: Pair[] = [];
  for (let layer = 1; layer < layers; layer++) {
    for (let a = 0; a < width; a++) {
      for (let b = 0; b < width; b++) pairs.push([(layer - 1) * width + a, layer * width + b]);
    }
  }
  return pairs;
}

describe("cutting at barriers", () => {
  it("changes no node's start", () => {
    fc.assert(
      fc.property(dags, fc.integer({ min: 1, max: 4 }), ([size, pairs], least) => {
        const chains = chainsOf(graphOf(size, pairs), least);
        expect(chains.flat(2).sort((a, b) => a - b)).toEqual([...Array(size).keys()]);
        expect(ancestors(size, amountsTo(chains, pairs))).toEqual(ancestors(size, pairs));
      }),
      { numRuns: 2000 },
    );
  });

  it("finds every barrier of full layers", () => {
    const [chain] = chainsOf(graphOf(12, layered(3, 4)), 1);
    expect(chain).toEqual([
      [0, 1, 2],
      [3, 4, 5],
      [6, 7, 8],
      [9, 10, 11],
    ]);
  });

  it("sees a barrier through edges that reach over it", () => {
    const [chain] = chainsOf(
      graphOf(4, [
        [0, 1],
        [1, 2],
        [2, 3],
        [0, 3],
      ]),
      1,
    );
    expect(chain).toEqual([[0], [1], [2], [3]]);
  });

  it("leaves alone what a node nobody waits for runs beside", () => {
    const [chain] = chainsOf(
      graphOf(4, [
        [0, 1],
        [0, 2],
        [2, 3],
      ]),
      1,
    );
    expect(chain).toEqual([[0], [1, 2, 3]]);
  });
});

describe("a DAG with barriers that Argo would take long to validate", () => {
  const width = 20;
  const layers = 60;
  const ids = [...Array(width * layers).keys()].map((i) => `n${i}`);
  const edges = layered(width, layers).map(([from, to]): [string, string] => [ids[from] ?? "", ids[to] ?? ""]);
  const { workflow, forecast } = compiled(
    submissionOf(
      dagOf(
        ids.map((id) => python(id)),
        edges,
      ),
    ),
    { skipSizeCheck: true },
  );
  const dagTemplates = workflow.spec.templates.filter((template) => template.dag !== undefined);

  it("becomes stretches, one after the other, that hold every node once", () => {
    const [entry, ...stretches] = dagTemplates;
    expect(entry?.dag?.tasks.map(({ name, depends }) => [name, depends])).toEqual(
      stretches.map((_, i) => [`S${i + 1}`, i === 0 ? undefined : `S${i}`]),
    );
    expect(stretches.flatMap(({ dag }) => dag?.tasks.map(({ name }) => name))).toEqual(ids);
  });

  it("validates in less than a second", () => {
    expect(forecast.validationSeconds).toBeLessThan(1);
  });
});
