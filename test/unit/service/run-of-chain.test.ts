import { describe, expect, test } from "vitest";
import type { AuditEntry, NewEntry } from "../../../submission/service/audit/log.ts";
import { lineageEvents } from "../../../submission/service/lineage/events.ts";
import { lineageGraph } from "../../../submission/service/lineage/graph.ts";
import { backgroundOf } from "../../../submission/service/status/facts.ts";
import { type RunState, runState, withoutEnd } from "../../../submission/service/status/run-state.ts";
import { spansOf } from "../../../submission/service/trace/spans.ts";
import { entriesOf, untold, vanished } from "../../../submission/service/watch/entries.ts";
import { runOfChain } from "../../../submission/service/watch/run-of-chain.ts";
import { localProfile } from "../../../submission/spec/index.ts";
import { type ArgoRun, argoRun, BROKEN, DONE, MIDNIGHT, sampleRecord } from "./runs.ts";

const record = sampleRecord("sub-1");

/** As the audit log has them; its own columns mean nothing here. */
const rows = (entries: readonly NewEntry[]): AuditEntry[] =>
  entries.map((entry, sequence) => ({
    ...entry,
    submissionId: "sub-1",
    sequence,
    block: 0,
    previousHash: "",
    hash: "",
  }));

async function told(run: RunState) {
  const background = await backgroundOf("sub-1", { record: async () => record }, localProfile());
  if (background === undefined) throw new Error("the sample is there");
  return { lineage: lineageEvents(lineageGraph(background), run, new Map()), spans: spansOf(record, run) };
}

const RUNNING: ArgoRun = {
  phase: "Running",
  from: 1,
  nodes: {
    fetch_data: { phase: "Succeeded", to: 10, tries: [{ phase: "Succeeded", from: 2, to: 10 }] },
    compute_features: {
      phase: "Running",
      tries: [
        { phase: "Failed", from: 11, to: 15, message: "pod deleted" },
        { phase: "Running", from: 16 },
      ],
    },
  },
};
const CANCELLED: ArgoRun = { ...RUNNING, phase: "Failed", to: 20, shutdown: "Terminate", message: "Stopped" };

describe("what the audit log has of a run", () => {
  test.each([
    ["succeeded", DONE],
    ["failed", BROKEN],
    ["runs", RUNNING],
    ["was cancelled", CANCELLED],
  ])("that %s is enough for the spans and the lineage that its Workflow would give", async (_, run) => {
    const seen = runState(argoRun("sub-1", run));
    expect(await told(runOfChain(record, rows(entriesOf(seen))))).toEqual(await told(seen));
  });

  test("is taken in whatever order it was written, one look at the run after the other", async () => {
    const early = entriesOf(runState(argoRun("sub-1", RUNNING)));
    const known = new Set(early.map(({ key }) => key));
    const late = entriesOf(runState(argoRun("sub-1", DONE))).filter(({ key }) => !known.has(key));
    const chain = rows([...early, ...late.slice(0, -1), untold("lineage", MIDNIGHT), ...late.slice(-1)]);
    expect(await told(runOfChain(record, chain))).toEqual(await told(runState(argoRun("sub-1", DONE))));
  });

  test("ends a run whose Workflow vanished: nothing of it runs for ever", async () => {
    const seen = runState(argoRun("sub-1", RUNNING));
    const gone = MIDNIGHT + 60_000;
    const { lineage, spans } = await told(runOfChain(record, rows([...entriesOf(seen), vanished(gone)])));
    expect({ lineage, spans }).toEqual(await told(withoutEnd(seen, gone)));
    const ends = lineage.filter(({ eventType }) => eventType === "ABORT").map(({ job }) => job.name);
    expect(ends.sort()).toEqual(["bt_xs_bilstm_v1", "bt_xs_bilstm_v1.compute_features"]);
  });
});
