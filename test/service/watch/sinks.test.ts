import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { nodeSpanId, submissionSpanId, traceId } from "../../../submission/compile/trace.ts";
import { LineageSink } from "../../../submission/service/lineage/sink.ts";
import { runState } from "../../../submission/service/status/run-state.ts";
import { SpanSink } from "../../../submission/service/trace/sink.ts";
import { entriesOf } from "../../../submission/service/watch/entries.ts";
import type { Happened } from "../../../submission/service/watch/index.ts";
import { localProfile } from "../../../submission/spec/index.ts";
import { argoRun, DONE, sampleRecord } from "../../unit/service/runs.ts";

interface Received {
  readonly path: string;
  readonly type: string | undefined;
  readonly body: Buffer;
}

let server: Server | undefined;
afterEach(() => server?.close());

/** Takes whatever is sent; `refuse` of the first requests are answered with 503. */
async function receiver(refuse = 0): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  let left = refuse;
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    if (left-- > 0) {
      response.writeHead(503).end();
      return;
    }
    received.push({ path: request.url ?? "", type: request.headers["content-type"], body });
    response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

const record = sampleRecord("sub-1");
function happened(run: Parameters<typeof argoRun>[1], told = new Set<string>()): Happened {
  const state = runState(argoRun("sub-1", run));
  return { record: async () => record, run: state, entries: entriesOf(state), told };
}

const RUNNING = {
  phase: "Running",
  from: 1,
  nodes: { fetch_data: { phase: "Succeeded", to: 10, tries: [{ phase: "Succeeded", from: 2, to: 10 }] } },
};

describe("spans", () => {
  test("reach a collector over OTLP under the ids that the run's pods were told", async () => {
    const { url, received } = await receiver();
    const sink = new SpanSink({ endpoint: url });
    const told = new Set<string>();
    await sink.tell(happened(RUNNING, told));
    await sink.tell(happened(DONE, told));
    await sink.close();
    expect(received.map(({ path, type }) => [path, type])).toEqual([
      ["/v1/traces", "application/x-protobuf"],
      ["/v1/traces", "application/x-protobuf"],
    ]);
    const bytes = (hex: string) => Buffer.from(hex, "hex");
    const [first, second] = received.map(({ body }) => body);
    expect(first?.includes(bytes(traceId("sub-1")))).toBe(true);
    expect(first?.includes(bytes(nodeSpanId("sub-1", "fetch_data")))).toBe(true);
    expect(second?.includes(bytes(submissionSpanId("sub-1")))).toBe(true);
    // What was told is not told again.
    expect(second?.includes(Buffer.from("fetch_data"))).toBe(false);
  });
});

describe("lineage", () => {
  const lineage = (url: string) =>
    new LineageSink({
      url,
      profile: localProfile(),
      audit: { record: async () => record },
      readResult: async (_record, node) =>
        node === "fetch_data" ? { read: { outputs: { dataset_uri: { snapshot: "77" } } } } : undefined,
    });

  test("reaches an OpenLineage API event by event, each once, with the versions that nodes wrote down", async () => {
    const { url, received } = await receiver();
    const sink = lineage(url);
    const handed = new Set<string>();
    await sink.tell(happened(RUNNING, handed));
    await sink.tell(happened(DONE, handed));
    const events = received.map(({ body }) => JSON.parse(body.toString()));
    expect(received.every(({ path }) => path === "/api/v1/lineage")).toBe(true);
    const told = events.map(({ eventType, run }) => `${eventType} ${run.runId}`);
    expect(new Set(told).size).toBe(told.length);
    expect(told).toHaveLength(8);
    const written = events.find(({ eventType, job }) => eventType === "COMPLETE" && job.name.endsWith(".fetch_data"));
    expect(written.outputs[0].facets.version.datasetVersion).toBe("77");
  });

  test("is told again from where it broke off when the API was away", async () => {
    const { url, received } = await receiver(1);
    const sink = lineage(url);
    const told = new Set<string>();
    await expect(sink.tell(happened(RUNNING, told))).rejects.toThrow("503");
    await sink.tell(happened(RUNNING, told));
    expect(received).toHaveLength(3);
  });
});
