import { describe, expect, test } from "vitest";
import { runState } from "../../../submission/service/status/run-state.ts";
import { entriesOf } from "../../../submission/service/watch/entries.ts";
import { argoRun, BROKEN, clock, DONE, MIDNIGHT } from "./runs.ts";

const entries = (run: Parameters<typeof argoRun>[1]) => entriesOf(runState(argoRun("sub-1", run)));
const line = ({ event, detail, at }: ReturnType<typeof entries>[number]) =>
  [
    (at - MIDNIGHT) / 1000,
    event,
    ...Object.entries(detail)
      .filter(([key]) => key !== "cluster_node")
      .map(([key, value]) => `${key}=${value}`),
  ].join(" ");

describe("what is written about a run", () => {
  test("is every try of every node in the order it happened, and the end last", () => {
    expect(entries(DONE).map(line)).toEqual([
      "1 running",
      "2 node node=fetch_data attempt=1 state=Running",
      "10 node node=fetch_data attempt=1 state=Succeeded",
      "10 node node=fetch_data state=Succeeded attempts=1",
      "11 node node=compute_features attempt=1 state=Running",
      "15 node node=compute_features attempt=1 state=Failed lost=true message=pod deleted",
      "16 node node=compute_features attempt=2 state=Running",
      "25 node node=compute_features attempt=2 state=Succeeded",
      "25 node node=compute_features state=Succeeded attempts=2",
      "26 node node=train_model attempt=1 state=Running",
      "40 node node=train_model attempt=1 state=Succeeded",
      "40 node node=train_model state=Succeeded attempts=1",
      "40 succeeded state=Succeeded",
    ]);
  });

  test("is told of a failure by itself, of what never ran, and of the run", () => {
    const lines = entries(BROKEN).map(line);
    expect(lines).toContain("15 node node=compute_features attempt=1 state=Failed message=main: Error (exit code 1)");
    expect(lines).toContain("30 node node=train_model state=Skipped attempts=0");
    expect(lines.at(-1)).toBe("30 failed state=Failed message=child failed");
  });

  test("keeps its keys while the run goes on: each later state only adds to an earlier one", () => {
    const earlier = entries({
      phase: "Running",
      from: 1,
      nodes: { fetch_data: { phase: "Running", tries: [{ phase: "Running", from: 2 }] } },
    });
    const keys = (list: typeof earlier) => list.map(({ key }) => key);
    expect(keys(entries(DONE)).filter((key) => keys(earlier).includes(key))).toEqual(keys(earlier));
    expect(new Set(keys(entries(DONE))).size).toBe(entries(DONE).length);
  });

  test("is a cancelled run where somebody shut it down", () => {
    const run = { ...BROKEN, shutdown: "Terminate", message: "Stopped with strategy 'Terminate'" };
    expect(entries(run).at(-1)).toMatchObject({ event: "cancelled", at: Date.parse(clock(30)) });
  });

  test("is nothing before the controller has taken the Workflow up", () => {
    expect(entries({})).toEqual([]);
  });
});
