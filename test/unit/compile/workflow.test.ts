import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nodeIdOf, taskName } from "../../../submission/compile/index.ts";
import type { Task, Template } from "../../../submission/compile/workflow.ts";
import { processOf } from "./kubernetes-expansion.ts";
import { compiled, dagOf, profile, python, submissionOf, templateOf } from "./submissions.ts";

const NAME = /^[a-zA-Z0-9][-a-zA-Z0-9]*$/;
/** Every tag the compiler writes; a user's text opens none. */
const OWN_TAGS =
  /^\{\{(=(retries == '0' \|\| )?lastRetry\.message startsWith 'main: Error \(exit code 64\): The resource has been deleted'( \|\| lastRetry\.message startsWith 'main: Error \(exit code 64\): no more retries Error from server \(NotFound\)' \? 'create' : 'get'| \? 'on-demand' : 'spot')|inputs\.parameters\.[a-z]+\d*|tasks\.name|workflow\.uid|retries|=asInt\(retries\) < \d+ && !\(lastRetry\.message startsWith "can't find failed message for pod "\) \? 'spot' : 'on-demand'|=sprig\.substr\(0, 16, sprig\.sha256sum\('sub-1\/' \+ (inputs\.parameters\.n|tasks\.name)\)\))\}\}$/;

const id = fc.stringMatching(/^[a-z]([a-z0-9_]{0,8}[a-z0-9])?$/);
const awkward = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.constantFrom("{{workflow.name}}", "{{=1+1}}", "a{", "$(X)", "$$"),
);

/** Valid DAG documents of all kinds that need no more than their ids. */
const documents = fc
  .uniqueArray(id, { minLength: 1, maxLength: 8 })
  .chain((ids) =>
    fc.record({
      nodes: fc.tuple(
        ...ids.map((each, i) =>
          fc
            .record({
              kind: fc.constantFrom(
                "python_task",
                "trino_sql",
                "ray_job",
                "spark_sql",
                "flink_job",
                "materialize_view",
              ),
              text: awkward.filter((text) => !/\p{Cc}/u.test(text)),
              attempts: fc.integer({ min: 1, max: 3 }),
              same: fc.boolean(),
            })
            .map(({ kind, text, attempts, same }) => ({
              id: each,
              kind,
              ...(kind === "python_task" || kind === "ray_job" ? { image: "ghcr.io/archetype/trainers:0.8.1" } : {}),
              params: {
                own: text,
                ...(kind.includes("sql") || kind === "materialize_view" || kind === "flink_job"
                  ? { sql: `select '${text}'` }
                  : {}),
              },
              env: { OWN: same ? "same" : text, ALSO: "x" },
              outs: [`o${i}`],
              retry: { max_attempts: attempts },
            })),
        ),
      ),
      pairs: fc.uniqueArray(fc.tuple(fc.nat(ids.length - 1), fc.nat(ids.length - 1)), {
        selector: ([a, b]) => `${Math.min(a, b)}/${Math.max(a, b)}`,
        maxLength: 12,
      }),
    }),
  )
  .map(({ nodes, pairs }) => ({
    nodes: nodes as { id: string }[],
    edges: pairs
      .filter(([a, b]) => a !== b)
      .map(([a, b]): [string, string] => [nodes[Math.min(a, b)]?.id ?? "", nodes[Math.max(a, b)]?.id ?? ""]),
  }));

const reversedKeys = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(reversedKeys)
    : value !== null && typeof value === "object"
      ? Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([key, each]) => [key, reversedKeys(each)]),
        )
      : value;

describe("the compiled Workflow", () => {
  it("is the same for the same input, whatever the order of keys and edges", () => {
    fc.assert(
      fc.property(documents, ({ nodes, edges }) => {
        const one = compiled(submissionOf(dagOf(nodes, edges)));
        const other = compiled(submissionOf(reversedKeys(dagOf(nodes, [...edges].reverse())) as object));
        expect(other.json()).toBe(one.json());
        expect(other.digests).toEqual(one.digests);
        expect(JSON.parse(one.json())).toEqual(one.workflow);
      }),
      { numRuns: 100 },
    );
  });

  it("has every node exactly once, with exactly its dependencies", () => {
    fc.assert(
      fc.property(documents, ({ nodes, edges }) => {
        const entry = templateOf(compiled(submissionOf(dagOf(nodes, edges))), "0");
        const tasks = entry.dag?.tasks ?? [];
        expect(tasks.map(({ name }) => nodeIdOf(name))).toEqual(nodes.map((node) => node.id));
        const found = tasks.flatMap(({ name, depends }) =>
          (depends?.split("&&") ?? []).map((from) => `${nodeIdOf(from)} ${nodeIdOf(name)}`),
        );
        expect(found.sort()).toEqual(edges.map((edge) => edge.join(" ")).sort());
      }),
      { numRuns: 100 },
    );
  });

  it("has names Argo takes, templates for all its tasks, and no tag but the compiler's own", () => {
    fc.assert(
      fc.property(documents, ({ nodes, edges }) => {
        const { workflow } = compiled(submissionOf(dagOf(nodes, edges)));
        const { templates } = workflow.spec;
        const names = templates.map(({ name }) => name);
        expect(new Set(names).size).toBe(names.length);
        for (const { name, template } of templates.flatMap(({ dag }): readonly Task[] => dag?.tasks ?? [])) {
          expect(name).toMatch(NAME);
          expect(names).toContain(template);
        }
        for (const name of names) expect(name).toMatch(NAME);
        for (const text of texts(workflow)) {
          for (const [tag] of text.matchAll(/\{\{.*?(\}\}|$)/gs)) expect(tag).toMatch(OWN_TAGS);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("gives each process its own texts, shared template or not", () => {
    fc.assert(
      fc.property(documents, ({ nodes, edges }) => {
        const result = compiled(submissionOf(dagOf(nodes, edges)));
        for (const node of nodes as unknown as { id: string; kind: string; env: { OWN: string }; outs: string[] }[]) {
          if (node.kind !== "python_task") continue;
          const { env } = processOf(substituted(result.workflow.spec.templates, node.id));
          expect(env.get("OWN")).toBe(node.env.OWN);
          expect(env.get("ORCH_NODE_ID")).toBe(node.id);
          const [out] = node.outs as [string];
          expect(env.get(`ORCH_OUT_${out.toUpperCase()}`)).toBe(`s3://artifacts/runs/sub-1/${node.id}/${out}`);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe("task names", () => {
  it("are the node ids with - for _, and back", () => {
    fc.assert(
      fc.property(fc.oneof(id, fc.constantFrom("in", "not", "and", "or", "let", "if", "nil", "true")), (each) => {
        expect(taskName(each)).toMatch(NAME);
        expect(nodeIdOf(taskName(each))).toBe(each);
      }),
    );
  });

  it("are never words of the language of depends", () => {
    for (const word of ["in", "not", "and", "or", "matches", "contains", "let", "if", "else", "true", "false", "nil"]) {
      expect(taskName(word)).not.toBe(word);
    }
  });
});

describe("equal nodes", () => {
  it("share one template and pass only what differs", () => {
    const nodes = [...Array(5).keys()].map((i) =>
      python(`step_${i}`, { env: { SHARD: String(i), MODE: "fast" }, outs: [`o${i}`] }),
    );
    const { workflow } = compiled(submissionOf(dagOf(nodes)));
    expect(workflow.spec.templates.map(({ name }) => name)).toEqual(["0", "1-python-task"]);
    expect(workflow.spec.templates[1]?.inputs?.parameters).toEqual([
      { name: "n" },
      { name: "e1" },
      { name: "o" },
      { name: "q" },
    ]);
  });

  it("need not say their id where Argo knows it as the task's name", () => {
    const nodes = [...Array(5).keys()].map((i) => python(`step${i}`));
    const { workflow } = compiled(submissionOf(dagOf(nodes)));
    expect(workflow.spec.templates[0]?.dag?.tasks[3]).toEqual({ name: "step3", template: "1-python-task" });
    expect(workflow.spec.templates[1]?.metadata?.labels?.node_id).toBe("{{tasks.name}}");
  });
});

describe("digests", () => {
  const dag = dagOf([python("a", { outs: ["x"] }), python("b", { ins: ["x"] })], [["a", "b"]]);

  it("of the recipe are the same for two runs of it, under other ids and labels", () => {
    const one = compiled(submissionOf(dag));
    const two = compiled(submissionOf(dag, { submission_id: "sub-2", labels: { project: "other" } }));
    expect(two.digests.recipe).toBe(one.digests.recipe);
    expect(two.digests.manifest).not.toBe(one.digests.manifest);
  });

  it("of the recipe differ for another spec, ref, stage or profile", () => {
    const digests = [
      compiled(submissionOf(dag)),
      compiled(
        submissionOf(dagOf([python("a", { outs: ["x"], env: { A: "1" } }), python("b", { ins: ["x"] })], [["a", "b"]])),
      ),
      compiled(submissionOf(dag, {}, { model_version: "v2" })),
      compiled(submissionOf(dag, { env: "prod" })),
      compiled(submissionOf(dag), {}, { ...profile, infrastructureAttempts: 1 }),
    ].map(({ digests: { recipe } }) => recipe);
    expect(new Set(digests).size).toBe(digests.length);
  });

  it("of the manifest is over the manifest without it", async () => {
    const { createHash } = await import("node:crypto");
    const { workflow, digests } = compiled(submissionOf(dag));
    const { "orch.dev/manifest-digest": found, ...annotations } = workflow.metadata.annotations;
    const unsigned = JSON.stringify({ ...workflow, metadata: { ...workflow.metadata, annotations } });
    expect(found).toBe(digests.manifest);
    expect(found).toBe(`sha256:${createHash("sha256").update(unsigned).digest("hex")}`);
  });
});

/** The container of a node as Argo makes it: parameters put in, by name. */
function substituted(templates: readonly Template[], nodeId: string): object {
  const named = new Map(templates.map((template) => [template.name, template]));
  const task = templates[0]?.dag?.tasks.find(({ name }) => name === taskName(nodeId));
  const entry = named.get(task?.template ?? "");
  const leaf = entry?.dag === undefined ? entry : named.get(entry.dag.tasks[0]?.template ?? "");
  const values = new Map(
    task?.arguments?.parameters.map(({ name, value }) => [`inputs.parameters.${name}`, value ?? ""]),
  );
  values.set("tasks.name", task?.name ?? "");
  const put = (value: unknown): unknown =>
    typeof value === "string"
      ? value.replace(/\{\{([^}]*)\}\}/g, (tag, name: string) => values.get(name) ?? tag)
      : Array.isArray(value)
        ? value.map(put)
        : value !== null && typeof value === "object"
          ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, put(each)]))
          : value;
  return put(leaf?.container ?? {}) as object;
}

function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(texts) : [];
}
