import { describe, expect, test } from "vitest";
import { parseTeam } from "../../../stacks/team/config.ts";
import type { TeamFile } from "../../../stacks/team/files.ts";
import { teamFilesOf } from "../../../stacks/team/planned-profile.ts";
import { plannedPlatform, readContract } from "../../../stacks/team/platform.ts";
import { platformReference } from "../../../stacks/team/project.ts";
import { type ConfigKey, EXAMPLES, SHAPE } from "../../../stacks/team/schema.ts";
import { UserError } from "../../../submission/spec/user-error.ts";

type Raw = Record<string, unknown>;

const CHECKOUT = new URL("../../../", import.meta.url).pathname;
const platform = plannedPlatform(platformReference("local"), CHECKOUT);
const files = teamFilesOf("local");
const TODAY = "2026-11-25";
const approved = { by: "platform-engineers", at: "2026-11-01", until: "2027-02-28" };

function file(stack: string): TeamFile {
  const found = files.find((one) => one.stack === stack);
  if (found === undefined) throw new Error(`there is no Pulumi.${stack}.yaml`);
  return found;
}
const research = file("research").raw;

const parse = (change: Raw, others = files, today = TODAY) =>
  parseTeam({ stack: "research", raw: { ...research, ...change }, others, platform, today });

/** The mistakes in a team's configuration, as the user reads them. */
function mistakes(...args: Parameters<typeof parse>): string {
  try {
    parse(...args);
  } catch (error) {
    if (error instanceof UserError) return `${error.message}\n${error.hint ?? ""}`;
    throw error;
  }
  return "accepted";
}

describe("the committed teams", () => {
  test.each(["local", "dev", "prod"])("of %s are right together", (environment) => {
    const others = teamFilesOf(environment);
    const given = plannedPlatform(platformReference(environment), CHECKOUT);
    expect(others.length).toBeGreaterThan(1);
    // A day on which every approval in them holds.
    for (const { stack, raw } of others)
      expect(() => parseTeam({ stack, raw, others, platform: given, today: "2027-01-01" })).not.toThrow();
  });

  test("an example that is shown beside a mistake is right itself", () => {
    for (const key of Object.keys(SHAPE) as ConfigKey[])
      expect(SHAPE[key].safeParse(EXAMPLES[key]).error?.issues, key).toBeUndefined();
  });
});

describe("a wrong team", () => {
  test("is told every mistake at once, with its key and what is right", () => {
    const message = mistakes({
      name: "execution",
      quota: { ...(research.quota as Raw), tpu: { cpu: 1, memory: 1 }, gpu: { cpu: 10, memory: 10, gpu: 100 } },
      burst: { fraction: 0.5, approved: { ...approved, until: "2026-11-24" } },
      groups: { submit: ["nobody"] },
      secretScopes: ["binance-readonly", "vault-root"],
      weight: 0,
      colour: "blue",
    });
    expect(message).toContain("8 mistakes");
    for (const line of [
      "team:colour  no such key",
      "team:weight  ",
      "team:name  execution is the name in Pulumi.execution.yaml, too",
      "team:quota.tpu  the platform has no such pool; there are cpu, cpu_spot, gpu, gpu_spot",
      "team:quota.gpu.gpu  is 100; the 4 nodes of gpu have 16 GPUs to give",
      "team:burst.approved  ran out on 2026-11-24",
      "team:groups.submit  the platform knows no group nobody; there are research, ",
      "team:secretScopes  there is no scope vault-root in the platform; there are binance-readonly, s3-lake-ro",
      'team:groups: {"read":["risk"]',
    ])
      expect(message).toContain(line);
  });

  test("a sum above the pool says which team takes what", () => {
    const quota = { ...(research.quota as Raw), gpu: { cpu: 140, memory: 520, gpu: 13 } };
    expect(mistakes({ quota })).toContain(
      "team:quota.gpu.gpu  teams add up to 17; the 4 nodes of gpu have 16 GPUs to give: research 13, execution 4",
    );
  });

  test("a quota of slices is held against what the nodes of cut GPUs have", () => {
    const quota = { ...(research.quota as Raw), gpu_slices: { cpu: 60, memory: 600, gpu: 71 } };
    expect(mistakes({ quota })).toContain(
      "team:quota.gpu_slices.gpu  teams add up to 113; the 2 nodes of gpu_slices have 112 slices 1g.10gb to give: research 71, execution 42",
    );
  });

  test.each<[string, Raw, string]>([
    ["burst that nobody approved", { burst: { fraction: 0.5 } }, "team:burst.approved  must be given: {by: <who>"],
    [
      "an approval of tomorrow",
      { burst: { fraction: 1, approved: { ...approved, at: "2026-11-26" } } },
      "team:burst.approved  at 2026-11-26 lies ahead: today is 2026-11-25",
    ],
    [
      "an approval for ever",
      { burst: { fraction: 1, approved: { ...approved, until: "2099-01-01" } } },
      "366 is the most",
    ],
    [
      "a day that there is not",
      { burst: { fraction: 1, approved: { ...approved, at: "2026-02-31" } } },
      "must be a day",
    ],
    ["a reserved name", { name: "platform" }, "team:name  platform is reserved"],
    ["a name that is no name", { name: "Research!" }, "team:name  must be 2 to 40 of a-z"],
    ["a scope that is no name", { secretScopes: ["S3/lake"] }, "team:secretScopes.0  must be a DNS label"],
    ["a scope named twice", { secretScopes: ["s3-lake-ro", "s3-lake-ro"] }, "names a scope twice"],
    ["a stack of no platform", { platform: "local" }, "must be <organisation>/orchestration-layer/<environment>"],
    ["no quota at all", { quota: {} }, "must have at least one pool"],
    ["a storage class of elsewhere", { limits: { storageClasses: { io2: 1 } } }, "no such storage class; it has none"],
    ["one volume larger than all", { limits: { storageGi: 10, volumeGi: 20 } }, "more than all together, 10"],
    [
      "a Ray cluster on more GPUs than the team has",
      { rayCluster: { workers: { replicas: 3, min: 0, max: 90 } } },
      "is 90, but the team has a quota of 12 GPUs in gpu",
    ],
  ])("%s is refused", (_, change, reason) => {
    expect(mistakes(change)).toContain(reason);
  });

  test("another team's file that cannot be read is named, because the sum cannot be told", () => {
    const broken = { stack: "execution", raw: { ...file("execution").raw, quota: "much" } };
    expect(mistakes({}, [file("research"), broken])).toContain(
      "team:quota  cannot be held against the other teams': execution's file, Pulumi.execution.yaml",
    );
  });

  test("another team's approval that ran out stops that team and no other", () => {
    const late = { ...file("execution").raw, burst: { fraction: 1, approved: { ...approved, until: "2026-11-02" } } };
    expect(mistakes({}, [file("research"), { stack: "execution", raw: late }])).toBe("accepted");
  });

  test("an approval holds on its last day, and not on the next", () => {
    const burst = { fraction: 0.5, approved };
    expect(mistakes({ burst }, files, "2027-02-28")).toBe("accepted");
    expect(mistakes({ burst }, files, "2027-03-01")).toContain("ran out on 2027-02-28");
  });
});

describe("the platform that a team is put on", () => {
  const refused = (value: unknown): string => {
    try {
      readContract("organization/orchestration-layer/dev", value);
    } catch (error) {
      if (error instanceof UserError) return `${error.message}\n${error.hint ?? ""}`;
      throw error;
    }
    return "accepted";
  };

  test("gives what its configuration plans", () => {
    expect(refused(platform)).toBe("accepted");
    expect(refused(JSON.parse(JSON.stringify(plannedPlatform(platformReference("prod"), CHECKOUT))))).toBe("accepted");
  });

  test("is named when it was never applied, or by an older checkout", () => {
    expect(refused(undefined)).toContain("The platform organization/orchestration-layer/dev has no output forTeams");
    expect(refused(undefined)).toContain("pulumi up --stack dev");
    const { pools: _, ...old } = platform;
    expect(refused(old)).toContain("was applied by an older checkout");
    expect(refused(old)).toContain("pools");
  });

  test("is named when a newer checkout has applied it", () => {
    expect(refused({ ...platform, version: 2 })).toContain("its teams' contract is version 2, this one knows 1");
  });

  test("that lacks a pool is an error of the team's quota", () => {
    const few = { ...platform, pools: platform.pools.filter(({ name }) => !name.startsWith("gpu")) };
    const parsed = () => parseTeam({ stack: "research", raw: research, others: files, platform: few, today: TODAY });
    expect(parsed).toThrow("team:quota.gpu  the platform has no such pool; there are cpu, cpu_spot");
  });
});
