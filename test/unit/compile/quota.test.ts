import { describe, expect, it } from "vitest";
import { check, type PlatformProfile } from "../../../submission/spec/index.ts";
import { compiled, dagOf, PARAMS, profile, python, submissionOf } from "./submissions.ts";

const amount = (cpu: number, mem: number, gpu = 0) => ({ cpu: String(cpu), mem: `${mem}Gi`, gpu });

/** The local profile with these quotas, by pool; pools that are left out have none. */
function withQuota(quota: PlatformProfile["teams"][string]["quota"]): PlatformProfile {
  const { research } = profile.teams;
  if (research === undefined) throw new Error("no team research");
  return { ...profile, teams: { research: { ...research, quota } } };
}

function refused(node: object, using: PlatformProfile, params: object = {}): readonly string[] {
  const result = check({
    dag: { text: JSON.stringify(dagOf([node])), source: "dag.json" },
    params: { text: JSON.stringify({ ...PARAMS, ...params }), source: "params.json" },
    profile: using,
  });
  return result.diagnostics
    .filter(({ severity }) => severity === "error")
    .map(({ code, message, suggestion }) => `${code} ${message} ${suggestion}`);
}

const ray = (resources: object) => ({ id: "a", kind: "ray_job", image: "ghcr.io/archetype/trainers:0.8.1", resources });
const small = { nominal: amount(4, 16), borrowable: amount(2, 8) };

describe("what a team can never get", () => {
  it("is refused with what each pool would give, borrowing included", () => {
    const using = withQuota({ cpu_spot: small, cpu: { nominal: amount(2, 64), borrowable: amount(0, 0) } });
    expect(refused(python("a", { resources: { cpu: "8", mem: "16Gi" } }), using)).toEqual([
      "fit/quota cpu 8010m, mem 16.06Gi is more than the team can ever get of one pool: " +
        "cpu_spot: cpu 4 + 2 borrowed = 6 for 8010m; cpu: cpu 2 for 8010m. " +
        "Ask for at most cpu 6, mem 24Gi (pool cpu_spot) in all, or have the team's quota raised.",
    ]);
  });

  it("is found pool by pool: two pools that are too small do not add up", () => {
    const half = { nominal: amount(5, 64), borrowable: amount(0, 0) };
    expect(
      refused(python("a", { resources: { cpu: "8", mem: "16Gi" } }), withQuota({ cpu_spot: half, cpu: half })),
    ).toHaveLength(1);
    expect(
      refused(python("a", { resources: { cpu: "4", mem: "16Gi" } }), withQuota({ cpu_spot: half, cpu: half })),
    ).toEqual([]);
  });

  it("is what nobody borrows for it", () => {
    const node = python("a", { resources: { cpu: "5", mem: "8Gi" } });
    expect(refused(node, withQuota({ cpu_spot: small }))).toEqual([]);
    expect(refused(node, withQuota({ cpu_spot: { ...small, borrowable: amount(0, 0) } }))).toHaveLength(1);
  });

  it("counts the pool that never gives spot to latency_critical", () => {
    const using = withQuota({ cpu_spot: { nominal: amount(100, 400), borrowable: amount(0, 0) } });
    expect(refused(python("a"), using)).toEqual([]);
    expect(refused(python("a", { qos: "latency_critical" }), using)[0]).toContain("cpu: cpu 0 for 1010m");
  });

  it("counts only the pool that was asked for, where that excludes the others", () => {
    const using = withQuota({ cpu_spot: { nominal: amount(100, 400), borrowable: amount(0, 0) } });
    expect(refused(python("a"), using, { affinity: { compute_pool: "cpu" } })[0]).toContain(
      "cpu: cpu 0 for 1010m, mem 0 for 2.06Gi. compute_pool cpu excludes the others.",
    );
  });

  it("counts a Ray head beside its worker where both must be in one pool", () => {
    const gpus = { nominal: amount(8, 64, 2), borrowable: amount(0, 0) };
    const node = ray({ cpu: "8", mem: "32Gi", gpu: 1 });
    expect(refused(node, withQuota({ gpu_spot: gpus }))[0]).toContain(
      "cpu 8, mem 32Gi, gpu 1, and cpu 1, mem 4Gi for the pod that leads it, is more than the team can ever get",
    );
    expect(refused(node, withQuota({ gpu_spot: gpus, gpu: { ...gpus, nominal: amount(1, 4) } }))).toEqual([]);
  });
});

describe("a plan", () => {
  it("says what a node takes of what its team can get, Argo's executor included", () => {
    const using = withQuota({ cpu_spot: small, cpu: small });
    const [placement] = compiled(submissionOf(dagOf([python("a")]), {}, undefined, using), {}, using).placements;
    expect(placement?.charge).toEqual({
      work: { cpuMillis: 1010, memoryBytes: 2 * 1024 ** 3 + 64 * 1024 ** 2, gpu: 0 },
      leader: undefined,
    });
    expect(placement?.quota.map(({ pool, total }) => [pool.name, total.cpuMillis])).toEqual([
      ["cpu_spot", 6000],
      ["cpu", 6000],
    ]);
  });
});
