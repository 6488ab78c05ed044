import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, inject, it } from "vitest";
import { z } from "zod";
import { type Ended, orch } from "../unit/cli/orch-process.ts";
import { quota, SchedulingCluster, type TestTeam } from "./scheduling-cluster.ts";

const cluster = new SchedulingCluster(inject("kubeconfig"));
const folder = mkdtempSync(join(tmpdir(), "orch-quota-"));
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await cluster.clear();
});

describe("orch quota", () => {
  it("shows what a team uses, borrows and lends, and what waits, as Kueue counts it", async () => {
    const { a, lender } = await cluster.teams({
      a: { quota: { cpu_spot: quota(2) }, burst: 1 },
      lender: { quota: { cpu_spot: quota(4) } },
    });
    for (const job of [await cluster.run(a, { cpu: 2 }), await cluster.run(a, { cpu: 2 })]) await cluster.admitted(job);
    await cluster.heldBack(await cluster.run(a, { cpu: 2 }));
    await cluster.queued(a, "cpu", 1);

    expect(await quotaOf(a)).toEqual({
      cpu: { nominal: "2", used: "4", borrowed: "2", lent: "0", left: "0", borrowable: "0" },
      waiting: 1,
    });
    expect(await quotaOf(lender)).toEqual({
      cpu: { nominal: "4", used: "0", borrowed: "0", lent: "2", left: "4", borrowable: "0" },
      waiting: 0,
    });
  });

  it("says that a team has no queues there, and exits 2", async () => {
    const { a } = await cluster.teams({ a: { quota: {} } });
    const elsewhere = {
      ...a,
      profile: { ...a.profile, teams: { [a.name]: { ...teamIn(a), namespace: "team-nowhere" } } },
    };
    const { code, stdout, stderr } = await orchQuota(elsewhere, []);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(`team ${a.name} has no queues in namespace team-nowhere`);
  });
});

async function orchQuota({ name, profile }: TestTeam, options: readonly string[]): Promise<Ended> {
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify(profile));
  const inCluster = ["--kubeconfig", inject("kubeconfig"), "--profile", file, "--team", name];
  return orch(["quota", ...inCluster, ...options]);
}

/** Its cores on spot, and what waits in its queue for CPU work. */
async function quotaOf(team: TestTeam) {
  const { code, stdout } = await orchQuota(team, ["--json"]);
  expect(code).toBe(0);
  const { quota: uses, queues } = quotaJson.parse(JSON.parse(stdout));
  const {
    queue: _,
    flavor: __,
    resource: ___,
    ...cpu
  } = uses.find(({ flavor, resource }) => flavor === "cpu-spot" && resource === "cpu") ?? {
    queue: "",
    flavor: "",
    resource: "",
  };
  return { cpu, waiting: queues.find(({ queue }) => queue === "cpu")?.waiting };
}

const quotaJson = z.object({
  quota: z.array(z.looseObject({ queue: z.string(), flavor: z.string(), resource: z.string() })),
  queues: z.array(z.object({ queue: z.string(), waiting: z.number() })),
});

function teamIn({ name, profile }: TestTeam) {
  const team = profile.teams[name];
  if (team === undefined) throw new Error(`no team ${name}`);
  return team;
}
