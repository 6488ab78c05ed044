import { type HrTime, SpanKind, SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import pLimit from "p-limit";
import { Unavailable } from "../unavailable.ts";
import { isRefusal } from "../watch/refused.ts";
import type { Happened, RunSink } from "../watch/sink.ts";
import { type PlannedSpan, spansOf } from "./spans.ts";

export interface SpanSinkOptions {
  /** OTLP over HTTP, e.g. `http://alloy.node-agents.svc:4318`. */
  readonly endpoint: string;
  /** What the collector will never take. */
  readonly onProblem?: (problem: string, error: unknown) => void;
}

/** Requests at the same time; the exporter refuses the thirty-first. */
const AT_ONCE = 16;
/** Spans of one request. */
const PORTION = 500;

/** Hands the spans of runs to a collector. */
export class SpanSink implements RunSink {
  readonly name = "traces";
  readonly #options: SpanSinkOptions;
  readonly #exporter: OTLPTraceExporter;
  readonly #limit = pLimit(AT_ONCE);

  constructor(options: SpanSinkOptions) {
    this.#options = options;
    this.#exporter = new OTLPTraceExporter({ url: new URL("/v1/traces", options.endpoint).href });
  }

  async tell({ record, run, told }: Happened): Promise<void> {
    const fresh = spansOf(await record(), run).filter(({ spanId }) => !told.has(spanId));
    for (let from = 0; from < fresh.length; from += PORTION) {
      const portion = fresh.slice(from, from + PORTION);
      await this.#limit(() => this.#export(run.submissionId, portion));
      for (const { spanId } of portion) told.add(spanId);
    }
  }

  async close(): Promise<void> {
    await this.#exporter.shutdown();
  }

  #export(submissionId: string, spans: readonly PlannedSpan[]): Promise<void> {
    const { endpoint, onProblem } = this.#options;
    return new Promise((resolve, reject) => {
      this.#exporter.export(spans.map(readable), ({ code, error }) => {
        if (code === 0) resolve();
        else if (isRefusal(statusOf(error))) {
          onProblem?.(`${submissionId}: ${endpoint} will never take ${spans.length} of its spans`, error);
          resolve();
        } else reject(new Unavailable("traces", `${endpoint} took no spans (${error?.message})`, { cause: error }));
      });
    });
  }
}

/** The exporter's errors have the status of HTTP that was answered. */
const statusOf = (error: Error | undefined): number | undefined =>
  error !== undefined && "code" in error && typeof error.code === "number" ? error.code : undefined;

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
