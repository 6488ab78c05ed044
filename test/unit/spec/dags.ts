import fc from "fast-check";

/** Arbitrary valid DAG documents, edges from earlier to later nodes, inputs from ancestors by a direct edge. */
const word = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/);
const text = fc
  .string({ unit: "grapheme", maxLength: 12 })
  .filter((each) => !/[\p{Cc}]/u.test(each) && each.isWellFormed());
const templated = fc.constantFrom("{{workflow.name}}", "$(HOME)", "plain", "{{=sprig.env('x')}}", "ü \u{1f600}");
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    text,
    templated,
    fc.integer({ min: -1000, max: 1000 }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(word, tie("value"), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;
const params = fc.dictionary(
  word.filter((each) => each !== "sql"),
  json,
  { maxKeys: 3, noNullPrototype: true },
);

const optional = {
  env: fc.dictionary(
    fc.stringMatching(/^[A-Z][A-Z0-9_]{0,8}$/).filter((name) => !/^(?:ORCH|ARGO)_/.test(name)),
    fc.oneof(text, templated),
    {
      maxKeys: 3,
      noNullPrototype: true,
    },
  ),
  resources: fc.record(
    {
      cpu: fc.constantFrom("1", "500m", 2, "0.25"),
      mem: fc.constantFrom("1Gi", "512Mi", "2G"),
      gpu: fc.integer({ min: 0, max: 4 }),
    },
    { requiredKeys: [], noNullPrototype: true },
  ),
  timeout: fc.constantFrom("30m", "1h", "1h30m", "45s"),
  retry: fc.record(
    { max_attempts: fc.integer({ min: 1, max: 10 }), backoff_sec: fc.integer({ min: 0, max: 3600 }) },
    { requiredKeys: [], noNullPrototype: true },
  ),
  qos: fc.constantFrom("spot_ok", "on_demand", "latency_critical"),
  locality: fc.constantFrom("iceberg", "us-east-1a"),
  secrets: fc.subarray(["binance-readonly", "s3-lake-ro"]),
};
const body = <T extends object>(
  own: { [K in keyof T]: fc.Arbitrary<T[K]> },
  extra: Record<string, fc.Arbitrary<unknown>> = {},
) =>
  fc.tuple(
    fc.record(own, { noNullPrototype: true }),
    fc.record({ ...optional, ...extra }, { requiredKeys: [], noNullPrototype: true }),
  );

const source = fc.oneof(
  fc.record({ sql: fc.constantFrom("select 1", "select '{{x}}'") }),
  fc.record({ sql_uri: fc.constant("s3://queries/q.sql") }),
);
const withSource = fc.tuple(source, params).map(([from, rest]) => ({ ...rest, ...from }));
const container = body(
  {
    kind: fc.constantFrom("python_task", "ray_job"),
    image: fc.constantFrom("x/y:1", "ghcr.io/archetype/trainers:0.8.1"),
  },
  {
    params,
    command: fc.array(fc.oneof(word, templated), { minLength: 1, maxLength: 3 }),
    args: fc.array(fc.oneof(text, templated), { maxLength: 3 }),
  },
);
const sql = body({ kind: fc.constantFrom("trino_sql", "spark_sql", "materialize_view"), params: withSource });
const flink = body({
  kind: fc.constant("flink_job"),
  params: fc
    .tuple(
      withSource,
      fc.record({ parallelism: fc.integer({ min: 1, max: 8 }), streaming: fc.boolean() }, { requiredKeys: [] }),
    )
    .map(([one, two]) => ({ ...one, ...two })),
});
const ray = body({
  kind: fc.constant("ray_job"),
  image: fc.constantFrom("x/y:1", "ghcr.io/archetype/trainers:0.8.1"),
  params: fc.record(
    {
      workers: fc.integer({ min: 1, max: 3 }),
      max_workers: fc.integer({ min: 3, max: 8 }),
      idle_sec: fc.integer({ min: 1, max: 600 }),
    },
    { requiredKeys: [] },
  ),
});
const crd = fc.record({
  kind: fc.constant("custom_crd"),
  params: fc.constant({
    manifest: { apiVersion: "batch/v1", kind: "Job", spec: { note: "{{pod.name}}" } },
    success_condition: "status.succeeded > 0",
    failure_condition: "status.failed > 0",
  }),
});
const node = fc.oneof(
  container.map(([own, extra]) => ({ ...extra, ...own })),
  sql.map(([own, extra]) => ({ ...extra, ...own })),
  flink.map(([own, extra]) => ({ ...extra, ...own })),
  ray.map(([own, extra]) => ({ ...extra, ...own })),
  crd,
);

export interface DagDocument {
  readonly version: 1;
  readonly pipeline_id: string;
  readonly nodes: readonly Record<string, unknown>[];
  readonly edges: readonly { from: string; to: string }[];
  readonly [key: string]: unknown;
}

export const validDag: fc.Arbitrary<DagDocument> = fc
  .tuple(
    fc.array(node, { minLength: 1, maxLength: 8 }),
    fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 10 }),
    fc.record(
      {
        slo: fc.record(
          {
            max_runtime: fc.constant("2h"),
            priority: fc.constantFrom("low", "critical"),
            qos: optional.qos,
            retry: optional.retry,
          },
          { requiredKeys: ["max_runtime"], noNullPrototype: true },
        ),
        resources: fc.record({ default: optional.resources }, { noNullPrototype: true }),
      },
      { requiredKeys: ["slo"], noNullPrototype: true },
    ),
  )
  .map(([bodies, pairs, top]) => {
    const nodes: Record<string, unknown>[] = bodies.map((each, i) => ({ ...each, id: `n${i}`, outs: [`out_${i}`] }));
    const seen = new Set<string>();
    const edges: { from: string; to: string }[] = [];
    for (const [a, b] of pairs) {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      const target = nodes[high];
      if (low === high || target === undefined || seen.has(`${low}-${high}`)) continue;
      seen.add(`${low}-${high}`);
      edges.push({ from: `n${low}`, to: `n${high}` });
      target.ins = [...(Array.isArray(target.ins) ? target.ins : []), `out_${low}`];
    }
    return { version: 1 as const, pipeline_id: "property", ...top, nodes, edges };
  });

/** One value somewhere in a document replaced, added or removed. */
export function mutated(document: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const strange = fc.oneof(
    fc.anything({ withNullPrototype: false, maxDepth: 2 }),
    fc.constantFrom(
      null,
      "",
      -1,
      1.5,
      1e308,
      true,
      [],
      {},
      "\u0000",
      "\ud800",
      "{{x}}",
      "x".repeat(70),
      ["a", "a"],
      "custom_crd",
      "a",
    ),
  );
  return fc
    .tuple(
      document,
      fc.array(fc.tuple(fc.nat(), strange, fc.constantFrom("set", "remove", "add", "rename")), {
        minLength: 1,
        maxLength: 3,
      }),
    )
    .map(([value, changes]) => {
      const copy: unknown = JSON.parse(JSON.stringify(value));
      for (const [pick, given, how] of changes) {
        // A value may be drawn twice, and would come to stand in itself.
        const replacement: unknown = structuredClone(given);
        const places = everyPlace(copy);
        const place = places[pick % places.length];
        if (place === undefined) continue;
        if (how === "remove") Reflect.deleteProperty(place.owner, place.key);
        else if (how === "add") Reflect.set(place.owner, "extra", replacement);
        else if (how === "rename") Reflect.set(place.owner, `${place.key}x`, Reflect.get(place.owner, place.key));
        else Reflect.set(place.owner, place.key, replacement);
      }
      // Through text, so that it is what a parser can give.
      return JSON.parse(JSON.stringify(copy) ?? "null");
    });
}

function everyPlace(value: unknown): { owner: object; key: string }[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.keys(value).flatMap((key) => [{ owner: value, key }, ...everyPlace(Reflect.get(value, key))]);
}
