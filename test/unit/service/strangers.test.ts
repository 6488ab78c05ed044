import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Strangers } from "../../../submission/service/watch/strangers.ts";
import { argoRun, DONE } from "./runs.ts";

const HOUR = 3_600_000;
const byHand = argoRun("by-hand", { phase: "Running", from: 1 });

let looked: (string | undefined)[];
let strangers: Strangers;
beforeEach(() => {
  vi.useFakeTimers();
  looked = [];
  strangers = new Strangers((workflow) => {
    looked.push(workflow.status.phase);
    // The audit log still does not know it.
    strangers.add(workflow);
  });
});
afterEach(() => {
  strangers.close();
  vi.useRealTimers();
});

test("a Workflow that nobody submitted costs a question an hour, however often it changes", () => {
  strangers.add(byHand);
  for (let seconds = 0; seconds < 24 * 3600; seconds += 1) {
    expect(strangers.waits(byHand)).toBe(true);
    vi.advanceTimersByTime(1000);
  }
  expect(looked.length).toBeGreaterThan(24);
  expect(looked.length).toBeLessThan(32);
});

test("a Workflow that the audit log does not know is looked at again soon, as it is then", () => {
  strangers.add(byHand);
  strangers.waits(argoRun("by-hand", DONE));
  vi.advanceTimersByTime(1000);
  expect(looked).toEqual(["Succeeded"]);
});

test("a Workflow that is gone is not looked at again", () => {
  strangers.add(byHand);
  strangers.forget(byHand);
  vi.advanceTimersByTime(HOUR);
  expect(looked).toEqual([]);
  expect(strangers.waits(byHand)).toBe(false);
});
