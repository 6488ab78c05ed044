import { describe, expect, test } from "vitest";
import type { PlannedState } from "../../../local/engine/plan.ts";
import { driftIn } from "../../../review/drift/drift.ts";
import { renderDrift } from "../../../review/drift/render.ts";
import { hasDrifted, type StackDrift } from "../../../review/drift/review-drift.ts";
import { markdown } from "../../../review/summary/markdown.ts";
import { plan, state } from "./planned.ts";

const policy = state("kubernetes:networking.k8s.io/v1:NetworkPolicy", "allow", {
  inputs: { spec: { policyTypes: ["Egress"] } },
  outputs: { status: "old" },
});
const topic = state("kubernetes:cluster.redpanda.com/v1alpha2:Topic", "jobs", { protect: true });
const read = (op: string, oldState: PlannedState, newState?: PlannedState) => ({
  op,
  urn: oldState.urn,
  oldState,
  newState,
});

describe("what a refresh found", () => {
  test("is drift where what was asked for is different or gone, and not where a status is", () => {
    const changed = { ...policy, inputs: { spec: { policyTypes: ["Ingress"] } } };
    const busy = state("kubernetes:apps/v1:Deployment", "api", { outputs: { status: 1 } });
    const drift = driftIn(
      plan([
        read("refresh", busy, { ...busy, outputs: { status: 2 } }),
        read("update", policy, changed),
        read("delete", topic),
      ]),
    );
    expect(drift.resources.map(({ kind, name, properties }) => [kind, name, ...properties])).toEqual([
      ["changed", "allow", "spec.policyTypes[0]"],
      ["deleted", "jobs"],
    ]);
    expect(drift.same).toBe(1);
  });

  test("is drift where the provider alone says what differs", () => {
    const step = { ...read("update", policy, policy), detailedDiff: { tags: {} } };
    expect(driftIn(plan([step])).resources).toMatchObject([{ kind: "changed", properties: ["tags"] }]);
  });

  test("does not count components, which nobody can read again", () => {
    const component = state("orch:queue:Redpanda", "redpanda", { custom: false });
    expect(driftIn(plan([read("refresh", component, component), read("refresh", topic, topic)]))).toEqual({
      resources: [],
      same: 1,
    });
  });
});

describe("the summary of a drift check", () => {
  const stack = {
    ...{ project: "orchestration-layer", folder: ".", name: "prod", file: "Pulumi.prod.yaml", references: [] },
    ...{ environment: "prod", embedded: false },
  };
  const shown = (one: StackDrift) => renderDrift([one], markdown(String));

  test("names what is not as it was left, and marks what is protected", async () => {
    const changed = { ...policy, inputs: { spec: { policyTypes: ["Ingress"] } } };
    const drift = driftIn(plan([read("update", policy, changed), read("delete", topic)]));
    await expect(shown({ stack, drift, problems: [] })).toMatchFileSnapshot("../../golden/review/drift.md");
  });

  test("does not call a stack fine that could not be read", () => {
    const unread: StackDrift = {
      stack,
      drift: { resources: [], same: 0 },
      problems: ["the API server cannot be reached"],
    };
    expect(hasDrifted(unread)).toBe(true);
    expect(shown(unread)).toContain("It could not be told:");
    expect(hasDrifted({ ...unread, problems: [] })).toBe(false);
  });
});
