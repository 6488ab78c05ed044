import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseConfig } from "../../../stacks/platform/config.ts";
import { ownKeys } from "../../../stacks/platform/keys.ts";
import { planProfile } from "../../../stacks/platform/profile.ts";
import type { PlatformConfig } from "../../../stacks/platform/schema.ts";
import { plannedProfile } from "../../../stacks/team/planned-profile.ts";
import { platformProfile } from "../../../submission/spec/profile.ts";

const root = (path: string) => new URL(`../../../${path}`, import.meta.url);

function config(stack: string): PlatformConfig {
  const file: { config: Record<string, unknown> } = parse(readFileSync(root(`Pulumi.${stack}.yaml`), "utf8"));
  return parseConfig(ownKeys(file.config));
}

test("the profile the CLI brings along is the one `local` publishes (else: node stacks/platform/write-local-profile.ts)", () => {
  const brought: unknown = JSON.parse(readFileSync(root("submission/spec/profiles/local.json"), "utf8"));
  expect(brought).toEqual(plannedProfile("local"));
});

/** A day on which every approval in the committed files holds. */
const APPROVED = "2027-01-01";

describe("the profile of an environment", () => {
  test("names what the other components make", () => {
    const profile = plannedProfile("prod", APPROVED);
    expect(profile.teams.inference).toMatchObject({
      namespace: "team-inference",
      serviceAccount: "argo-workflow",
      executorServiceAccount: "argo-executor",
      driverServiceAccount: "job-driver",
      queues: { cpu: "cpu", gpu: "gpu", "gpu-slice": "gpu-slice" },
    });
    expect(profile.pools.map(({ name, flavor }) => [name, flavor])).toEqual([
      ["cpu", "cpu-on-demand"],
      ["cpu_spot", "cpu-spot"],
      ["gpu", "gpu-on-demand"],
      ["gpu_spot", "gpu-spot"],
      ["gpu_slices", "gpu-slice-on-demand"],
    ]);
  });

  test("offers slices of GPUs where the configuration has a pool of them, and only there", () => {
    const slices = (environment: string) =>
      planProfile(environment, config(environment)).pools.map((pool) => pool.slices);
    expect(slices("prod")).toEqual([{}, {}, {}, {}, { "1g.10gb": 56 }]);
    expect(slices("dev")).toEqual([{}, {}, {}, {}]);
    expect(plannedProfile("dev", APPROVED).teams.research?.queues).toEqual({ cpu: "cpu", gpu: "gpu" });
  });

  test("has no pool with whole GPUs and slices: a quota of GPUs in it would be of two things", () => {
    const profile = planProfile("prod", config("prod"));
    const mixed = (change: object) =>
      platformProfile
        .safeParse({
          ...profile,
          pools: profile.pools.map((pool) => (pool.name === "gpu_slices" ? { ...pool, ...change } : pool)),
        })
        .error?.issues.map(({ message }) => message);
    expect(mixed({})).toBeUndefined();
    expect(mixed({ node: { cpu: "8", mem: "8Gi", gpu: 1 } })).toEqual([expect.stringContaining("not in one pool")]);
    expect(mixed({ class: "gpu" })).toEqual([expect.stringContaining("one kind of slice")]);
    expect(mixed({ slices: { "1g.10gb": 8, "3g.40gb": 8 } })).toEqual([expect.stringContaining("one kind of slice")]);
  });

  test("follows the installation: the chart's Argo on EKS, the process's in the embedded environment", () => {
    expect(planProfile("prod", config("prod")).argo.version).toBe("v4.0.6");
    expect(planProfile("local", config("local")).argo.version).toBe("v3.7.14");
  });

  test("one knob changes only what follows from it", () => {
    const before = config("local");
    const after = { ...before, pools: { ...before.pools, gpu_spot: { min: 8, max: 9 } } };
    const [a, b] = [planProfile("local", before), planProfile("local", after)];
    expect({ ...b, pools: a.pools }).toEqual(a);
    expect(b.pools.map(({ name, maxNodes }) => [name, maxNodes])).toContainEqual(["gpu_spot", 9]);
    expect(b.pools.slice(0, 3)).toEqual(a.pools.slice(0, 3));
  });

  test("a team can never be told of more than all quotas hold", () => {
    const { teams } = plannedProfile("prod", APPROVED);
    // Of gpu_spot 76 are its own and half as much may be borrowed, but all that the one other team there lends is 16.
    expect(teams.research?.quota.gpu_spot).toEqual({
      nominal: { cpu: "900", mem: "3400Gi", gpu: 76 },
      borrowable: { cpu: "180", mem: "690Gi", gpu: 16 },
    });
    // Without an approval to borrow it is the team's own quota.
    expect(plannedProfile("dev", APPROVED).teams.features?.quota.cpu_spot?.borrowable).toEqual({
      cpu: "0",
      mem: "0Gi",
      gpu: 0,
    });
  });
});
