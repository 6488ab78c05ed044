import type { Plan, PlannedState, PlannedStep } from "../../../local/engine/plan.ts";

/** Resources and steps as the engine prints them, right where a test says nothing else. */

export function state(type: string, name: string, more: Partial<PlannedState> = {}): PlannedState {
  return {
    urn: `urn:pulumi:prod::orchestration-layer::${type}::${name}`,
    type,
    custom: true,
    protect: false,
    inputs: {},
    outputs: {},
    ...more,
  };
}

export const created = (...states: readonly PlannedState[]): PlannedStep[] =>
  states.map((newState) => ({ op: "create", urn: newState.urn, newState }));

export const plan = (steps: readonly PlannedStep[], more: Partial<Plan> = {}): Plan => ({
  steps,
  policies: [],
  messages: [],
  completed: true,
  output: "",
  ...more,
});
