import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CONTAINER_POD_PATCH } from "../../../submission/compile/pod-security.ts";
import { dagFields } from "../../../submission/spec/fields.ts";
import {
  check,
  dagJsonSchema,
  EXECUTOR_REQUEST,
  localProfile,
  platformProfile,
  refsJsonSchema,
  runtimeParamsJsonSchema,
} from "../../../submission/spec/index.ts";
import { checkJson, checkYaml, codes, dagWith, profileNamed } from "./documents.ts";

describe("half of a surrogate pair", () => {
  it.each([
    ["a comment of YAML", "# x \ud800 y\nversion: 1\n"],
    ["a value of YAML", "version: 1\npipeline_id: 'x\udc00'\n"],
    ["a JSON text", '{"version": 1, "pipeline_id": "x\ud800"}'],
  ])("in %s is refused, and where it stands is said", (_, text) => {
    const result = check({ dag: { text, source: "dag" }, profile: localProfile() });
    expect(result.ok).toBe(false);
    const [found] = result.diagnostics.filter(({ code }) => code === "parse/lone-surrogate");
    expect(found).toMatchObject({ line: text.slice(0, text.search(/[\ud800-\udfff]/)).split("\n").length });
  });
});

describe("all mistakes are shown at once", () => {
  it("of shape, values, graph and platform in one DAG", () => {
    const node = { kind: "python_task", image: "x/y:1" };
    const result = checkJson(
      dagWith({
        extra: 1,
        slo: { priority: "urgent", max_runtime: "2 hours" },
        nodes: [
          { ...node, id: "a", outs: ["x"], env: { N: 3 }, resources: { cpu: "64" } },
          { ...node, id: "b", ins: ["y"], kind: "pyton_task", imagee: "z" },
          { ...node, id: "b", ins: ["x"] },
        ],
        edges: [{ from: "a", to: "c" }, { from: "b" }],
      }),
    );
    expect(codes(result).toSorted()).toEqual(
      [
        "schema/unknown-field",
        "schema/unknown-value",
        "value/duration",
        "schema/wrong-type",
        "fit/no-pool",
        "node/unknown-kind",
        "schema/unknown-field",
        "dag/unknown-input",
        "dag/duplicate-id",
        "dag/input-not-upstream",
        "dag/unknown-node",
        "schema/missing-field",
      ].toSorted(),
    );
  });

  it("of the DAG, the runtime parameters and the refs together, in that order", () => {
    const result = checkJson(dagWith({}, { qos: "cheap" }), {
      params: { submission_id: "sub-1", env: "staging", ttl_days: 0 },
      refs: { prices: "lake/prices", other: { url: "s3://x/y" } },
    });
    expect(result.diagnostics.map((each) => `${each.source} ${each.code}`)).toEqual([
      "dag.json schema/unknown-value",
      "params.json schema/out-of-range",
      "refs.json value/uri",
      "refs.json schema/missing-field",
      "refs.json schema/unknown-field",
    ]);
  });

  it("of documents that others cannot be read beside", () => {
    const dag = { text: "nodes: [", source: "dag.yaml" };
    const params = { text: '{"submission_id": "-"}', source: "params.json" };
    const refs = { text: "{,}", source: "refs.json" };
    const result = check({ dag, params, refs, profile: localProfile() });
    expect(codes(result)).toEqual([
      "parse/yaml-syntax",
      "schema/missing-field",
      "value/submission-id",
      "parse/json-syntax",
    ]);
    // What the refs would have provided is not known, so no input is called unknown for it.
    const reads = checkJson(dagWith({}, { ins: ["prices"] }), {});
    expect(codes(reads)).toEqual(["dag/unknown-input"]);
    const unread = check({
      dag: { text: JSON.stringify(dagWith({}, { ins: ["prices"] })), source: "dag.json" },
      refs,
      profile: localProfile(),
    });
    expect(codes(unread)).toEqual(["parse/json-syntax"]);
  });

  it("but no more than can be read", () => {
    const nodes = Array.from({ length: 1500 }, (_, i) => ({ id: `n${i}`, kind: "python_task", image: "x y" }));
    const { diagnostics } = checkJson(dagWith({ nodes }));
    expect(diagnostics).toHaveLength(1001);
    expect(diagnostics.at(-1)).toMatchObject({
      code: "input/more",
      severity: "error",
      message: "500 more were found; mend these first.",
    });
  });
});

describe("suggestions", () => {
  it.each([
    [{ imagee: "x" }, "Did you mean image?"],
    [{ inputs: [] }, "Did you mean ins?"],
    [{ memory: "1Gi" }, "Put it under resources: resources.memory."],
    [{ sql: "select 1" }, "Put it under params: params.sql."],
    [{ qos: "on-demand" }, "Did you mean on_demand?"],
    [{ env: { A: 1 } }, 'Put it in quotes: "1".'],
    [{ resources: { gpu: "1" } }, "Remove the quotes: 1."],
    [{ resources: { mem: "16GB" } }, "Did you mean 16G?"],
    [{ resources: { mem: "16gib" } }, "Did you mean 16Gi?"],
    [{ resources: { cpu: "4 cores" } }, "Did you mean 4?"],
    [{ resources: { mem: "16" } }, "A number alone counts bytes: did you mean 16Gi?"],
    [{ timeout: "1.5h" }, "Did you mean 1h30m?"],
    [{ id: "TrainModel" }, "Did you mean train_model?"],
    [{ outs: ["Feature-Table"] }, "Did you mean feature_table?"],
    [{ image: "Registry/X:1 " }, "Did you mean registry/x:1?"],
    [{ env: { "A-B": "x" } }, "Did you mean A_B?"],
  ])("%j: %s", (change, suggestion) => {
    expect(checkJson(dagWith({}, change)).diagnostics.map((each) => each.suggestion)).toEqual([suggestion]);
  });
});

describe("a word that resembles nothing", () => {
  it("gets the list of what there is", () => {
    const result = checkJson(dagWith({ edges: [{ from: "a", to: "b" }] }));
    expect(result.diagnostics.map((each) => each.suggestion)).toEqual(["Use a."]);
  });
});

describe("a user's template braces", () => {
  it("are data in env, args, command, params and SQL", () => {
    const braces = "{{workflow.name}}";
    const nodes = [
      {
        id: "a",
        kind: "python_task",
        image: "x/y:1",
        env: { A: braces },
        args: [braces],
        command: [braces],
        params: { p: braces },
      },
      { id: "b", kind: "trino_sql", params: { sql: `select '${braces}'`, p: [braces] } },
    ];
    expect(codes(checkJson(dagWith({ nodes })))).toEqual([]);
  });

  it("are refused wherever there is a grammar", () => {
    const braces = "{{x}}";
    const refused = [
      { id: braces },
      { image: braces },
      { ins: [braces] },
      { outs: [braces] },
      { timeout: braces },
      { locality: braces },
      { resources: { cpu: braces } },
      { secrets: [braces] },
    ];
    for (const change of refused) expect(checkJson(dagWith({}, change)).ok).toBe(false);
    const params = { submission_id: "sub-1", env: "staging" };
    for (const change of [
      { submission_id: braces },
      { env: braces },
      { labels: { a: braces } },
      { secrets_scope: [braces] },
    ]) {
      expect(checkJson(dagWith(), { params: { ...params, ...change } }).ok).toBe(false);
    }
    expect(checkJson(dagWith(), { refs: { a: `s3://${braces}` } }).ok).toBe(false);
  });
});

describe("limits are those of the profile", () => {
  it("and the largest pool's offer is named, less what Argo's executor needs", () => {
    const { diagnostics } = checkJson(dagWith({}, { resources: { cpu: "1000", gpu: 1 }, qos: "on_demand" }));
    expect(diagnostics[0]?.message).toMatch(
      /^No node of any on-demand GPU pool can hold cpu 1000, .*; the largest, of pool gpu, offers cpu \d+m?, mem [\d.]+Gi, gpu 4\.$/,
    );
    const { containers } = JSON.parse(CONTAINER_POD_PATCH);
    expect(containers).toMatchObject([
      { name: "wait", resources: { requests: { cpu: EXECUTOR_REQUEST.cpu, memory: EXECUTOR_REQUEST.mem } } },
    ]);
  });

  it("and a document of a million values is not looked into", () => {
    const dag = dagWith({}, { args: Array(1_000_001).fill(1) });
    expect(codes(checkJson(JSON.stringify(dag)))).toEqual(["parse/too-many-values"]);
  });

  describe("and slices of GPUs", () => {
    const asking = (gpu: number, gpu_slice: string | undefined, profile = localProfile()) =>
      checkJson(dagWith({}, { resources: { gpu, cpu: "1", mem: "4Gi" }, gpu_slice }), { profile });

    it("are counted by what a node of the pool that is cut offers", () => {
      expect(codes(asking(1, "1g.10gb"))).toEqual([]);
      expect(asking(56, "1g.10gb").ok).toBe(true);
      const found = asking(57, "1g.10gb").diagnostics.find(({ severity }) => severity === "error");
      expect(found).toMatchObject({
        code: "fit/no-pool",
        message: expect.stringMatching(/No node of any GPU slice pool can hold .*gpu 57 x 1g\.10gb.*gpu_slices/),
        suggestion: expect.stringContaining("gpu 56 x 1g.10gb"),
      });
    });

    it("that nobody offers are refused with those that are offered", () => {
      const [found] = asking(1, "1g.20gb").diagnostics;
      expect(found).toMatchObject({
        code: "node/gpu-slice",
        path: "nodes[0].gpu_slice",
        message: "No pool offers GPU slices 1g.20gb; there are 1g.10gb.",
        suggestion: "Did you mean 1g.10gb?",
      });
      expect(asking(1, "1g.10gb", profileNamed("whole")).diagnostics[0]).toMatchObject({
        code: "node/gpu-slice",
        message: "No pool offers GPU slices 1g.10gb; there are none.",
        suggestion: "Ask for whole GPUs: remove gpu_slice.",
      });
    });

    it("and whole GPUs do not stand in for one another", () => {
      const only = (name: string) => ({
        ...localProfile(),
        pools: localProfile().pools.filter((pool) => pool.class === "cpu" || pool.name === name),
      });
      expect(codes(asking(1, undefined, only("gpu_slices")))).toEqual(["fit/no-pool"]);
      expect(codes(asking(1, "1g.10gb", only("gpu")))).toEqual(["node/gpu-slice"]);
    });

    it("are held against the team's quota of slices, its own and what it may borrow", () => {
      const team = (nominal: number, borrowable: number) => {
        const profile = localProfile();
        const { research } = profile.teams;
        if (research === undefined) throw new Error("the local profile has no team research");
        const amount = (gpu: number) => ({ cpu: "100", mem: "1000Gi", gpu });
        const quota = { ...research.quota, gpu_slices: { nominal: amount(nominal), borrowable: amount(borrowable) } };
        return { ...profile, teams: { research: { ...research, quota } } };
      };
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 56 }), fc.nat(40), fc.nat(40), (gpu, nominal, borrowable) => {
          const fits = gpu <= nominal + borrowable;
          const found = asking(gpu, "1g.10gb", team(nominal, borrowable));
          expect(codes(found).filter((code) => code !== "node/gpu-slice")).toEqual(fits ? [] : ["fit/quota"]);
        }),
      );
      const [found] = asking(8, "1g.10gb", team(5, 2)).diagnostics.filter(({ code }) => code === "fit/quota");
      expect(found?.message).toContain("gpu_slices: gpu 5 + 2 borrowed = 7 for 8");
    });

    it("several of them in one container are allowed, with a word that a process sees one", () => {
      const { ok, diagnostics } = asking(2, "1g.10gb");
      expect([ok, diagnostics.map(({ code, severity, path }) => [code, severity, path])]).toEqual([
        true,
        [["node/gpu-slice", "warning", "nodes[0].gpu_slice"]],
      ]);
    });
  });

  it("and a prefix lets in whole path segments only", () => {
    const profile = {
      ...localProfile(),
      images: { ...localProfile().images, allowedPrefixes: ["ghcr.io/archetype", "docker.io/library/"] },
    };
    const ok = (image: string) => checkJson(dagWith({}, { image }), { profile }).ok;
    expect(
      ["ghcr.io/archetype/x:1", "python:3.12", "ghcr.io/archetype-evil/x:1", "ghcr.io/x:1", "trinodb/trino"].map(ok),
    ).toEqual([true, true, false, false, false]);
  });
});

describe("forms of text", () => {
  it("may be a byte order mark, CRLF, comments, anchors, and JSON in a YAML file", () => {
    const dag = JSON.stringify(dagWith());
    expect(codes(checkYaml(`\ufeff${dag}`))).toEqual([]);
    expect(codes(checkYaml(dag.replaceAll(",", ",\r\n")))).toEqual([]);
    expect(
      codes(
        checkYaml(
          `# c\nversion: 1\r\npipeline_id: x1\r\nnodes:\r\n- {id: a, kind: python_task, image: &i x/y}\r\n- {id: b, kind: python_task, image: *i}\r\n`,
        ),
      ),
    ).toEqual([]);
    expect(codes(checkYaml("{version: 1, pipeline_id: x1, nodes: [{id: a, kind: python_task, image: x/y}]}"))).toEqual(
      [],
    );
  });

  it("cannot choose another YAML by a directive", () => {
    const text =
      "%YAML 1.1\n---\nversion: 1\npipeline_id: x1\nnodes:\n- {id: a, kind: python_task, image: x/y, env: {A: yes, B: 0o7}}\n";
    expect(codes(checkYaml(text))).toEqual(["schema/wrong-type"]);
    expect(checkYaml(text).diagnostics[0]?.path).toBe("nodes[0].env.B");
  });

  it("nested without end are refused in a moment", () => {
    for (const text of [
      "[".repeat(500_000),
      "- ".repeat(100_000),
      "{a: ".repeat(100_000),
      `${"[".repeat(1000)}${"]".repeat(1000)}`,
    ]) {
      const start = performance.now();
      expect(codes(checkYaml(text)).length).toBeGreaterThan(0);
      expect(codes(checkJson(text)).length).toBeGreaterThan(0);
      expect(performance.now() - start).toBeLessThan(10_000);
    }
  });
});

describe("what is written down", () => {
  it("the built-in local profile fits its schema", () => {
    expect(platformProfile.parse(localProfile())).toEqual(localProfile());
  });

  it("every field of a DAG has its meaning in the JSON Schema, and the fields for suggestions are those of the schema", () => {
    const undocumented: string[] = [];
    const walk = (schema: unknown, path: (string | number)[]): void => {
      if (typeof schema !== "object" || schema === null) return;
      const properties: unknown = Reflect.get(schema, "properties");
      if (typeof properties === "object" && properties !== null) {
        const strict = Reflect.get(schema, "additionalProperties") === false;
        if (strict) expect(Object.keys(properties).toSorted()).toEqual(dagFields(path).toSorted());
        for (const [name, inner] of Object.entries(properties)) {
          const known: unknown = Reflect.get(inner, "description");
          // Inside a manifest, fields are Kubernetes' own.
          if (known === undefined && !path.includes("manifest")) undocumented.push([...path, name].join("."));
          walk(inner, [...path, name]);
        }
      }
      walk(Reflect.get(schema, "items"), [...path, 0]);
      for (const union of ["oneOf", "anyOf"]) {
        const branches: unknown = Reflect.get(schema, union);
        if (Array.isArray(branches)) for (const branch of branches) walk(branch, path);
      }
    };
    walk(dagJsonSchema(), []);
    expect(undocumented).toEqual([]);
  });

  it("the JSON Schemas describe all three documents for editors", () => {
    expect(dagJsonSchema()).toMatchObject({
      title: "DAG spec, version 1",
      type: "object",
      required: ["version", "pipeline_id", "nodes"],
      additionalProperties: false,
      properties: { slo: { properties: { qos: { enum: ["spot_ok", "on_demand", "latency_critical"] } } } },
    });
    expect(runtimeParamsJsonSchema()).toMatchObject({ required: ["submission_id", "env"] });
    expect(refsJsonSchema()).toMatchObject({ type: "object" });
  });
});
