import { Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import { planDashboards } from "../../../components/observability/dashboards/index.ts";
import { OBJECTIVES, planObjectives, planRuleGroup, type RuleGroup } from "../../../components/observability/index.ts";
import { RunMetrics } from "../../../submission/service/watch/metrics.ts";

const all = { redpanda: true, rayServe: true, gpus: true, submissionService: true };
const none = { redpanda: false, rayServe: false, gpus: false, submissionService: false };
const prices = { cpu: 1.54, cpu_spot: 0.6 };
const groups = planObjectives(OBJECTIVES, all, prices);
const rules = (planned: readonly RuleGroup[]) => planned.flatMap((group) => group.rules);
const alertsOf = (planned: readonly RuleGroup[]) => rules(planned).flatMap((rule) => ("alert" in rule ? [rule] : []));
const alert = (name: string, planned = groups) => alertsOf(planned).find((rule) => rule.alert === name);

describe("the promises", () => {
  test.each([
    ["QueueWaitTooLong", "> 120"],
    ["InferenceTooSlow", "> 150"],
    ["TooLittleSpot", "< 0.7"],
    ["SubmissionsWait", "> 1000"],
    ["DagsFail", "> 0.2"],
  ])("%s fires beyond its number", (name, limit) => {
    expect(alert(name)?.expr).toContain(limit);
  });

  test("another promise changes its alert and no other", () => {
    const changed = alertsOf(planObjectives({ ...OBJECTIVES, inferenceLatencyMs: 80 }, all, prices));
    const different = changed.filter((rule) => JSON.stringify(rule) !== JSON.stringify(alert(rule.alert)));
    expect(different.map((rule) => rule.alert)).toEqual(["InferenceTooSlow"]);
  });

  test("what is not installed raises no alert", () => {
    const names = alertsOf(planObjectives(OBJECTIVES, none, prices)).map((rule) => rule.alert);
    expect(names).toContain("DagsFail");
    expect(names).not.toContain("SubmissionsWait");
    expect(names).not.toContain("InferenceTooSlow");
    expect(names).not.toContain("GpuBroken");
    expect(names).not.toContain("NobodyWatchesRuns");
  });

  test("every alert says what to do, and where more stands", () => {
    const planned = groups.flatMap((group) => planRuleGroup(group, "https://runbooks/x").rules);
    const alerts = planned.flatMap((rule) => ("alert" in rule ? [rule] : []));
    expect(alerts.length).toBeGreaterThan(10);
    for (const { alert: name = "", annotations } of alerts) {
      expect(annotations?.description.length).toBeGreaterThan(30);
      expect(annotations?.runbook_url).toBe(`https://runbooks/x#${name.toLowerCase()}`);
    }
  });

  test("that nobody watches runs is also said where no dispatcher is there to be asked", () => {
    expect(alert("NobodyWatchesRuns")).toMatchObject({
      expr: "(max(orch_watch_leading) or vector(0)) < 1",
      severity: "critical",
    });
  });

  test("a series of the service's own that an alert asks for is one that the service has", async () => {
    const registry = new Registry();
    new RunMetrics(registry, () => ({ open: 0, outlets: [{ name: "lineage", away: true }] }));
    const served = await registry.metrics();
    const asked = alertsOf(groups).flatMap(({ expr }) => expr.match(/orch_[a-z_]+/g) ?? []);
    expect(asked).toEqual(["orch_watch_leading", "orch_sink_away"]);
    for (const series of asked) expect(served).toMatch(new RegExp(`^${series}[ {]`, "m"));
    expect(served).toContain('orch_sink_away{sink="lineage"} 1');
  });

  test("answers to health checks do not flatter the latency", () => {
    const recorded = rules(groups).find((rule) => "record" in rule && rule.record === "orch:inference_latency_ms:p99");
    expect(recorded?.expr).toContain('route!~"/-/.*"');
  });

  test("each pool is priced by its own number", () => {
    const costs = rules(groups).flatMap((rule) =>
      "record" in rule && rule.record === "orch:node_cost_usd:rate1h" ? [rule.expr] : [],
    );
    expect(costs).toHaveLength(2);
    expect(costs[1]).toContain('label_orch_dev_pool="cpu_spot"');
    expect(costs[1]).toContain("* 0.6");
  });
});

describe("dashboards", () => {
  const dashboards = planDashboards(all);

  test("there is one for each: runs, queues, cost, GPUs, submissions, inference", () => {
    expect(dashboards.map(({ name }) => name)).toEqual([
      "dag-runs",
      "queues",
      "cost",
      "gpus",
      "submissions",
      "inference",
    ]);
    expect(planDashboards(none).map(({ name }) => name)).toEqual(["dag-runs", "queues", "cost"]);
  });

  test("a series of ours that a panel asks for is one that a rule records", () => {
    const recorded = new Set(rules(groups).flatMap((rule) => ("record" in rule ? [rule.record] : [])));
    const asked = dashboards.flatMap(({ json }) => json.match(/orch:[a-z_]+:[a-z0-9]+/g) ?? []);
    expect(asked.length).toBeGreaterThan(10);
    for (const series of asked) expect(recorded).toContain(series);
  });

  test("every panel has a query, a unit and its place on the page", () => {
    for (const { json } of dashboards) {
      const { panels, uid }: { uid: string; panels: Panel[] } = JSON.parse(json);
      expect(uid).toMatch(/^orch-/);
      for (const panel of panels) {
        expect(panel.targets.map(({ expr }) => expr).join("")).not.toBe("");
        expect(panel.fieldConfig.defaults.unit).toBeTruthy();
        expect(panel.gridPos.x + panel.gridPos.w).toBeLessThanOrEqual(24);
      }
    }
  });
});

interface Panel {
  readonly targets: readonly { readonly expr: string }[];
  readonly fieldConfig: { readonly defaults: { readonly unit?: string } };
  readonly gridPos: { readonly x: number; readonly w: number };
}
