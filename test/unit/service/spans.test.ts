import { describe, expect, test } from "vitest";
import { nodeSpanId, nodeTraceparentTag, submissionSpanId, traceId } from "../../../submission/compile/trace.ts";
import { runState } from "../../../submission/service/status/run-state.ts";
import { spansOf } from "../../../submission/service/trace/spans.ts";
import { argoRun, DONE, MIDNIGHT, sampleRecord } from "./runs.ts";

const spans = (run: Parameters<typeof argoRun>[1]) => spansOf(sampleRecord("sub-1"), runState(argoRun("sub-1", run)));

describe("spans of a run", () => {
  test("are one of the submission with one of each node below it, in one trace", () => {
    const all = spans(DONE);
    expect(all.map(({ name, parentSpanId }) => [name, parentSpanId])).toEqual([
      ["fetch_data", submissionSpanId("sub-1")],
      ["compute_features", submissionSpanId("sub-1")],
      ["train_model", submissionSpanId("sub-1")],
      ["bt_xs_bilstm_v1", undefined],
    ]);
    expect(new Set(all.map((span) => span.traceId))).toEqual(new Set([traceId("sub-1")]));
  });

  test("begin with the acceptance and name the request that asked for it", () => {
    const root = spans(DONE).at(-1);
    expect(root).toMatchObject({ start: MIDNIGHT, end: MIDNIGHT + 40_000, failed: false });
    expect(root?.link).toBe("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  });

  test("tell of a try that was lost", () => {
    const node = spans(DONE).find(({ name }) => name === "compute_features");
    expect(node?.events.map(({ name, at }) => [name, at - MIDNIGHT])).toEqual([
      ["attempt lost", 15_000],
      ["attempt succeeded", 25_000],
    ]);
  });

  test("are the same spans when they are made again", () => {
    expect(spans(DONE)).toEqual(spans(DONE));
  });

  test("are of a node only once it is over", () => {
    const running = {
      phase: "Running",
      from: 1,
      nodes: { fetch_data: { phase: "Running", tries: [{ phase: "Running", from: 2 }] } },
    };
    expect(spans(running)).toEqual([]);
  });
});

describe("the context a node's pods get", () => {
  test("names the node's span as the parent", () => {
    expect(nodeTraceparentTag("sub-1", "fetch_data")).toBe(
      `00-${traceId("sub-1")}-${nodeSpanId("sub-1", "fetch_data")}-01`,
    );
  });

  test("is left to Argo where a template serves several nodes", () => {
    expect(nodeTraceparentTag("sub-1", "{{tasks.name}}")).toBe(
      `00-${traceId("sub-1")}-{{=sprig.substr(0, 16, sprig.sha256sum('sub-1/' + tasks.name))}}-01`,
    );
  });
});
