import { createHash } from "node:crypto";
import { compile, type Workflow } from "../../submission/compile/index.ts";
import { check, type PlatformProfile, renderDiagnostics } from "../../submission/spec/index.ts";
import type { Arrival, TraceNode } from "./trace.ts";

type Template = Workflow["spec"]["templates"][number];

export interface Compiling {
  readonly profile: PlatformProfile;
  /** Before the names of teams and DAGs: two simulations on one environment do not meet. */
  readonly prefix: string;
  /** Seconds of the trace in one second. */
  readonly scale: number;
}

/** Carries a node's time through the compiler, as any other variable of a node's. */
const RUNTIME = "SIMULATED_RUNTIME";

export const submissionId = (prefix: string, { name }: Pick<Arrival, "name">): string => `${prefix}-${name}`;
export const teamIn = (prefix: string, team: string): string => `${prefix}-${team}`;

/** The DAG as a user would write it, compiled as it always is; then told how long its pods run. */
export function compileArrival(arrival: Arrival, { profile, prefix, scale }: Compiling): Workflow {
  const id = submissionId(prefix, arrival);
  const dag = { text: JSON.stringify(dagOf(arrival, scale)), source: `${id}.json` };
  const params = { text: JSON.stringify(paramsOf(id, profile)), source: "params.json" };
  const checked = check({ dag, params, profile, team: teamIn(prefix, arrival.team) });
  const compiled = checked.ok ? compile(checked.submission, profile) : checked;
  if (!compiled.ok) {
    const sources = new Map([dag, params].map(({ text, source }) => [source, text]));
    throw new Error(
      `the DAG ${id} of the trace is wrong:\n${renderDiagnostics(compiled.diagnostics, sources, { color: false })}`,
    );
  }
  const { workflow } = compiled;
  return {
    ...workflow,
    spec: { ...workflow.spec, templates: workflow.spec.templates.map((each) => simulated(each, scale)) },
  };
}

function dagOf({ kind, qos, priority, nodes }: Arrival, scale: number): object {
  return {
    version: 1,
    pipeline_id: kind,
    slo: { qos, priority, max_runtime: "12h" },
    nodes: nodes.map((node) => nodeOf(node, scale)),
    edges: nodes.flatMap(({ id, after }) => after.map((from) => ({ from, to: id }))),
  };
}

function nodeOf({ id, cpu, memory, gpu, minutes }: TraceNode, scale: number): object {
  return {
    id,
    kind: "python_task",
    image: "ghcr.io/archetype/trainers:0.8.1",
    resources: { cpu: `${Math.round(cpu * 1000)}m`, mem: `${memory}Gi`, gpu },
    retry: { max_attempts: 1 },
    env: { [RUNTIME]: `${Math.round((minutes * 60_000) / scale)}ms` },
  };
}

const paramsOf = (id: string, { stages: [stage] }: PlatformProfile): object => ({
  submission_id: id,
  env: stage,
  labels: {},
  secrets_scope: [],
  ttl_days: 1,
});

/** The pod runs for the time of its node, and is tried again after a pause in the time of the trace. */
function simulated(template: Template, scale: number): Template {
  const runtime = template.container?.env.find(({ name }) => name === RUNTIME)?.value;
  if (runtime === undefined) return template;
  const { retryStrategy } = template;
  return {
    ...template,
    metadata: { ...template.metadata, annotations: { "orch.dev/simulate-duration": runtime } },
    ...(retryStrategy?.backoff === undefined
      ? {}
      : { retryStrategy: { ...retryStrategy, backoff: scaled(retryStrategy.backoff, scale) } }),
  };
}

type Backoff = NonNullable<NonNullable<Template["retryStrategy"]>["backoff"]>;

function scaled({ duration, factor, cap }: Backoff, scale: number): Backoff {
  return { duration: faster(duration, scale), factor, cap: faster(cap, scale) };
}

function faster(duration: string, scale: number): string {
  const unit = { s: 1000, m: 60_000 }[duration.slice(-1)];
  if (unit === undefined) throw new Error(`a pause of ${duration} is in neither seconds nor minutes`);
  return `${Math.max(1, Math.round((Number(duration.slice(0, -1)) * unit) / scale))}ms`;
}

/** A manifest as it is sent, and its digest. */
export function manifest(object: object): { readonly text: string; readonly digest: string } {
  const text = JSON.stringify(object);
  return { text, digest: createHash("sha256").update(text).digest("hex") };
}
