import { type HrTime, SpanKind, SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { isOver } from "../watch/entries.ts";
import type { Happened, RunSink } from "../watch/recorder.ts";
import { type PlannedSpan, spansOf } from "./spans.ts";

export interface SpanSinkOptions {
  /** OTLP over HTTP, e.g. `http://alloy.node-agents.svc:4318`. */
  readonly endpoint: string;
}

/** Hands the spans of runs to a collector. */
export class SpanSink implements RunSink {
  readonly #exporter: OTLPTraceExporter;
  /** Submission -> spans handed over. */
  readonly #told = new Map<string, Set<string>>();

  constructor({ endpoint }: SpanSinkOptions) {
    this.#exporter = new OTLPTraceExporter({ url: new URL("/v1/traces", endpoint).href });
  }

  async tell({ record, run, entries }: Happened): Promise<void> {
    const told = this.#told.get(run.submissionId) ?? new Set();
    this.#told.set(run.submissionId, told);
    const fresh = spansOf(await record(), run).filter(({ spanId }) => !told.has(spanId));
    if (fresh.length > 0) await this.#export(fresh);
    for (const { spanId } of fresh) told.add(spanId);
    if (isOver(entries)) this.#told.delete(run.submissionId);
  }

  async close(): Promise<void> {
    await this.#exporter.shutdown();
  }

  #export(spans: readonly PlannedSpan[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#exporter.export(spans.map(readable), ({ code, error }) => {
        if (code === 0) resolve();
        else reject(error ?? new Error("the collector did not take the spans"));
      });
    });
  }
}

const RESOURCE = resourceFromAttributes({ "service.name": "orch-submission" });

function readable(span: PlannedSpan): ReadableSpan {
  const context = (traceId: string, spanId: string) => ({ traceId, spanId, traceFlags: TraceFlags.SAMPLED });
  const link = /^00-([0-9a-f]{32})-([0-9a-f]{16})-/.exec(span.link ?? "");
  const links =
    link?.[1] === undefined || link[2] === undefined || link[1] === span.traceId
      ? []
      : [{ context: context(link[1], link[2]) }];
  return {
    name: span.name,
    kind: SpanKind.INTERNAL,
    spanContext: () => context(span.traceId, span.spanId),
    ...(span.parentSpanId === undefined ? {} : { parentSpanContext: context(span.traceId, span.parentSpanId) }),
    startTime: hrTime(span.start),
    endTime: hrTime(span.end),
    duration: hrTime(span.end - span.start),
    ended: true,
    status: span.failed ? { code: SpanStatusCode.ERROR, message: span.message } : { code: SpanStatusCode.OK },
    attributes: span.attributes,
    links,
    events: span.events.map(({ name, at, attributes }) => ({ name, time: hrTime(at), attributes })),
    resource: RESOURCE,
    instrumentationScope: { name: "orch" },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

const hrTime = (millis: number): HrTime => [Math.floor(millis / 1000), (millis % 1000) * 1_000_000];
