import { describe, expect, it } from "vitest";
import { compile } from "../../../submission/compile/index.ts";
import { layeredDag } from "../../bench/dags.ts";
import { compiled, dagOf, profile, python, submissionOf } from "./submissions.ts";

const bench = (nodes: number) => submissionOf(layeredDag({ nodes, layers: Math.ceil(nodes / 10) }));

describe("the finished size", () => {
  it("of 2,000 nodes of the bench's shape fits one object", () => {
    const result = compile(bench(2000), profile);
    expect(result.ok).toBe(true);
    expect(result.forecast.totalBytes).toBeLessThan(profile.limits.workflowBytes);
  });

  it("is refused above what fits, with the largest DAG of the shape that does", () => {
    const result = compile(bench(3000), profile);
    if (result.ok) throw new Error("3,000 nodes fit");
    expect(result.diagnostics).toMatchObject([{ code: "compile/too-large", severity: "error", path: "nodes" }]);
    const most = result.forecast.largestDag;
    expect(result.diagnostics[0]?.suggestion).toContain(`About ${most} nodes`);
    expect(compile(bench(most - 50), profile).ok).toBe(true);
    expect(compile(bench(most + 50), profile).ok).toBe(false);
  });

  it("decides at every limit, also where it is plain without a forecast", () => {
    for (const nodes of [1, 10, 100]) {
      const submission = bench(nodes);
      for (let limit = 4_096; limit < 2 << 20; limit = Math.floor(limit * 1.3)) {
        const tight = { ...profile, limits: { ...profile.limits, workflowBytes: limit } };
        const { ok, forecast } = compile(submission, tight);
        expect([nodes, limit, ok]).toEqual([nodes, limit, forecast.totalBytes <= limit]);
      }
    }
  });

  it("is not asked about when the caller does not want to know", () => {
    expect(compile(bench(3000), profile, { skipSizeCheck: true }).ok).toBe(true);
  });

  it("counts the entries of the user's own retries", () => {
    const of = (attempts: number) =>
      compiled(submissionOf(dagOf([python("a", { retry: { max_attempts: attempts } })]))).forecast;
    expect(of(1).statusNodes).toBe(3);
    expect(of(2).statusNodes).toBe(5);
    expect(of(2).statusBytes).toBeGreaterThan(of(1).statusBytes);
  });

  it("grows as the nodes do", () => {
    const [one, two] = [2000, 4000].map((nodes) => compiled(bench(nodes), { skipSizeCheck: true }).forecast);
    const growth = (two?.totalBytes ?? 0) / (one?.totalBytes ?? 1);
    expect(growth).toBeGreaterThan(1.9);
    expect(growth).toBeLessThan(2.1);
  });
});

describe("texts no process could be started with", () => {
  it("are refused where they stand: args that Argo would move to where Kubernetes expands nothing", () => {
    const result = compile(
      submissionOf(dagOf([python("ok"), python("long", { args: Array(5).fill("x".repeat(30_000)) })])),
      profile,
    );
    if (result.ok) throw new Error("it fits");
    expect(result.diagnostics).toMatchObject([{ code: "compile/text-too-long", path: "nodes[1].args" }]);
  });
});

describe("a DAG that Argo would take too long to validate", () => {
  it("is refused with what to do about it", () => {
    const ids = [...Array(5000).keys()].map((i) => `n${i}`);
    const chain = ids.slice(1).map((to, i): [string, string] => [ids[i] ?? "", to]);
    // Ends that nobody waits for leave no barrier.
    const loose = ids.map((id) => python(id)).concat(python("loose"));
    const large = { ...profile, limits: { ...profile.limits, workflowBytes: 1 << 30 } };
    const result = compile(submissionOf(dagOf(loose, [...chain, ["n0", "loose"]])), large);
    if (result.ok) throw new Error(`validates in ${result.forecast.validationSeconds} s`);
    expect(result.diagnostics).toMatchObject([{ code: "compile/too-entangled" }]);
  });
});
