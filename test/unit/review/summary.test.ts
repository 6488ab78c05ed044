import { describe, expect, test } from "vitest";
import type { PlannedState, PolicyMessage } from "../../../local/engine/plan.ts";
import { planChecks } from "../../../review/check.ts";
import type { Pack } from "../../../review/policy/packs.ts";
import { type Report, stoppers } from "../../../review/report.ts";
import { type Planned, reviewStack, type StackReview } from "../../../review/stack-review.ts";
import { markdown } from "../../../review/summary/markdown.ts";
import { renderReport } from "../../../review/summary/render.ts";
import type { Stack } from "../../../review/touched/projects.ts";
import { created, plan, state } from "./planned.ts";

const stack = (name: string, more: Partial<Stack> = {}): Stack => ({
  ...{ project: "orchestration-layer", folder: ".", name, file: `Pulumi.${name}.yaml`, references: [] },
  ...{ environment: name, embedded: false },
  ...more,
});
const pack: Pack = {
  ...{ name: "platform", folder: "policies/platform", main: "policies/platform/index.js" },
  rules: new Map([["control-plane-is-closed", "policies/platform/rules/control-plane-is-closed.ts"]]),
  settings: new Map(),
};
const at = (file: string) => ({
  stackTrace: [{ sourcePosition: `project:///stacks/platform/file:/checkout/${file},3` }],
});
const cluster = state("aws:eks/cluster:Cluster", "orch-prod", {
  ...at("components/cluster/control-plane.ts#95"),
  inputs: { vpcConfig: { endpointPublicAccess: false } },
  protect: true,
});
const open = { ...cluster, inputs: { vpcConfig: { endpointPublicAccess: true, publicAccessCidrs: ["0.0.0.0/0"] } } };
const bucket = state("aws:s3/bucket:Bucket", "artifacts|of <b>all</b>", { inputs: { bucket: "a" }, protect: true });
const nat = state("aws:ec2/natGateway:NatGateway", "orch-prod-us-east-1b");
const topic = state("kubernetes:cluster.redpanda.com/v1alpha2:Topic", "jobs", {
  inputs: { metadata: { name: "jobs" } },
  protect: true,
});

const closed: PolicyMessage = {
  ...{ pack: "platform", policy: "control-plane-is-closed", urn: cluster.urn, level: "mandatory" },
  message:
    "A cluster's API is private.\nCluster orch-prod can be called from everywhere. Why it matters: what is open is tried. How to fix it: name the addresses.",
};
const undecided: PolicyMessage = {
  ...{ pack: "platform", policy: "buckets-are-private", urn: bucket.urn, level: "advisory" },
  message:
    "can't run policy 'buckets-are-private' from policy pack 'platform@v0.1.0' during preview: .acl is not known",
};

const review = (after: readonly PlannedState[], before: readonly PlannedState[], more: Partial<Planned> = {}) =>
  reviewStack({
    touched: { stack: stack("prod"), because: ["Pulumi.prod.yaml", "components/cluster/network.ts"] },
    plan: plan(created(...after)),
    against: { base: plan(created(...before)) },
    ...{ packs: [pack], levels: new Map(), root: "/checkout" },
    linesOf: (path) => (path === "Pulumi.prod.yaml" ? "15-16" : undefined),
    ...more,
  });
const report = (stacks: readonly StackReview[], more: Partial<Report> = {}): Report => ({
  ...{ against: "main (1618c90)", files: 2, comparedWith: "base", leftOut: [], deleted: [] },
  checks: planChecks({ checks: true, tests: "unit" }).map(({ title, args }) => ({
    ...{ title, passed: true, command: `npm ${args.join(" ")}`, output: "" },
  })),
  stacks,
  ...more,
});
const shown = (value: Report) => renderReport(value, markdown(String));

describe("the summary of a change", () => {
  test("that is refused: what is lost by name, who refuses what, where and how to fix it", async () => {
    const renamed = { ...topic, inputs: { metadata: { name: "work" } } };
    const refused = review([open, renamed, state("aws:kms/key:Key", "logs")], [cluster, bucket, nat, topic], {
      plan: plan(created(open, renamed, state("aws:kms/key:Key", "logs")), {
        policies: [undecided, closed],
        completed: false,
      }),
    });
    await expect(
      shown(
        report([refused], {
          leftOut: [{ stack: stack("local", { embedded: true }), why: "it runs on the embedded environment." }],
          deleted: ["Pulumi.test.yaml"],
        }),
      ),
    ).toMatchFileSnapshot("../../golden/review/refused.md");
  });

  test("that nothing speaks against", async () => {
    await expect(shown(report([review([cluster, nat], [cluster])]))).toMatchFileSnapshot("../../golden/review/fine.md");
  });

  test("says that no stack is touched, and shows the last lines of a check that failed", () => {
    const failed = { title: "Unit tests", passed: false, command: "npm run test:unit", output: "1 failed ``` <b>" };
    const text = shown(report([], { checks: [failed] }));
    expect(text).toContain("## ❌ This change is refused by Unit tests");
    expect(text).toContain("No stack is touched.");
    expect(text).toContain("````text\n1 failed ``` <b>\n````");
  });

  test("lists some of many additions and all that is destroyed", () => {
    const many = [...Array(60).keys()].map((index) => state("aws:kms/key:Key", `key-${index}`));
    expect(shown(report([review(many, [])]))).toContain("| and 20 more | | |");
    expect(shown(report([review([], many)])).match(/`key-\d+`/g)?.length).toBeGreaterThanOrEqual(60);
  });
});

test("a stack that cannot be previewed has its reasons in the summary, and nothing is called destroyed, free or fine", () => {
  const messages = [{ severity: "error", text: "team:quota.cpu is 200", urn: undefined }] as const;
  const text = shown(report([review([], [cluster, bucket], { plan: plan([], { completed: false, messages }) })]));
  expect(text).toContain("### ❌ cannot be previewed: `orchestration-layer/prod`");
  expect(text).toContain("team:quota.cpu is 200");
  expect(text).not.toMatch(/destroyed|Policies|Cost/);
});

describe("a change is refused", () => {
  const outcome = (more: Partial<Planned>) => review([cluster], [cluster], more).outcome;
  const policies = (...messages: PolicyMessage[]) => ({ plan: plan(created(cluster), { policies: messages }) });

  test.each([
    ["by a mandatory policy", policies(closed), "refused"],
    ["by a policy that could not decide, although the engine is content", policies(undecided), "refused"],
    ["not by advice", policies({ ...closed, level: "advisory" }), "passed"],
    ["by an engine that stopped without a reason", { plan: plan([], { completed: false, output: "panic" }) }, "failed"],
    [
      "by a program that cannot be previewed",
      {
        plan: plan([], {
          ...{ completed: false, messages: [{ severity: "error", text: "region must be a region", urn: undefined }] },
        } as const),
      },
      "failed",
    ],
  ])("%s", (_, more, expected) => {
    expect(outcome(more)).toBe(expected);
  });

  test("by a check that failed, and by each stack that is not fine", () => {
    const checks = [{ title: "Lint", passed: false, command: "npm run lint", output: "" }];
    const refused = review([cluster], [cluster], policies(closed));
    expect(stoppers({ checks, stacks: [refused] })).toEqual(["Lint", "orchestration-layer/prod"]);
    expect(stoppers(report([review([cluster], [cluster])]))).toEqual([]);
  });
});

describe("a finding leads", () => {
  const located = (because: string[]) => {
    const { findings } = review([open], [cluster], {
      touched: { stack: stack("prod"), because },
      plan: plan(created(open), { policies: [closed] }),
    });
    return findings[0]?.changed;
  };

  test("to the changed code that declares the resource, else to the stack's file, else to what touched it", () => {
    expect(located(["Pulumi.prod.yaml", "components/cluster/control-plane.ts"])).toEqual({
      path: "components/cluster/control-plane.ts",
      lines: "95",
    });
    expect(located(["Pulumi.prod.yaml", "components/cluster/network.ts"])).toEqual({
      path: "Pulumi.prod.yaml",
      lines: "15-16",
    });
    expect(located(["policies/platform/rules/new.ts"])?.path).toBe("policies/platform/rules/new.ts");
  });
});

test("a base that cannot be previewed is said to be", () => {
  const broken = plan([], { completed: false, output: "no such module" });
  expect(review([cluster], [], { against: { base: broken } }).notes.join()).toContain("no such module");
  expect(review([cluster], [], { against: { base: undefined } }).notes.join()).toContain("does not have this stack");
});
