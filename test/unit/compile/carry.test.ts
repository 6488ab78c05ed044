import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArgoTag } from "../../../submission/compile/argo-tag.ts";
import { inContainer, inManifest, LEFT_BRACE, passesAsArgument } from "../../../submission/compile/carry.ts";
import { expand, processOf } from "./kubernetes-expansion.ts";
import { compiled, dagOf, manifestOf, python, submissionOf, templateOf } from "./submissions.ts";

/** Texts that mean something to Argo, to Kubernetes, to a shell, to JSON or to YAML. */
export const AWKWARD = [
  "{{workflow.name}}",
  "{{=1+1}}",
  "{{{x}}}",
  "{{ inputs.parameters.n }}",
  "a{",
  "{b",
  "}}",
  "{{",
  "$(HOME)",
  "$$(X)",
  "$$$(ORCH_LB)",
  "$(ORCH_LB)",
  "$",
  "$$",
  "ends with $",
  "$(unclosed",
  `"quotes" and 'quotes'`,
  "line\nbreak\ttab\r",
  "back\\slash \\n \\u007b",
  "ünïcode 漢字 🚀",
  "# not: a comment",
  "- - [x]",
  "",
] as const;

const variables = new Map<string, string>([[LEFT_BRACE.name, LEFT_BRACE.value]]);
const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: fc.constantFrom("{", "}", "$", "(", ")", "=", "ORCH_LB", "a", '"', "\\", "\n") }),
  fc.constantFrom(...AWKWARD),
);

describe("a user's text in a container", () => {
  it("is what it was after Kubernetes expanded it", () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(expand(inContainer(value), variables)).toBe(value);
      }),
      { numRuns: 2000 },
    );
  });

  it("never holds a brace that could open a tag, so two that meet cannot either", () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(inContainer(value)).not.toContain("{");
      }),
      { numRuns: 2000 },
    );
  });

  it.each(AWKWARD)("reaches the process as it is: %j", (value) => {
    const node = python("only", {
      command: ["run", value],
      args: [value, `${value}${value}`],
      env: { OWN: value },
      params: { key: value },
    });
    const { container } = templateOf(compiled(submissionOf(dagOf([node]))), "only");
    const { env, argv } = processOf(container ?? {});
    expect(argv).toEqual(["run", value, value, value + value]);
    expect(env.get("OWN")).toBe(value);
    expect(env.get("ORCH_PARAM_KEY")).toBe(value);
    expect(JSON.parse(env.get("ORCH_PARAMS") ?? "")).toEqual({ key: value });
  });
});

describe("a user's text in a manifest", () => {
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      text,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      tie("list"),
      tie("record"),
    ),
    list: fc.array(tie("value"), { maxLength: 4 }),
    record: fc.dictionary(text, tie("value"), { maxKeys: 4 }),
  })).value;

  it("is what it was after JSON was read", () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.parse(inManifest(value as never))).toEqual(value);
      }),
      { numRuns: 1000 },
    );
  });

  it("opens no tag of Argo's and no variable of Kubernetes'", () => {
    fc.assert(
      fc.property(json, (value) => {
        const manifest = inManifest(value as never);
        expect(manifest).not.toContain("{{");
        expect(manifest).not.toContain("$");
      }),
      { numRuns: 1000 },
    );
  });

  it("is no tag though it reads like one of the compiler's, which alone keeps its braces", () => {
    const tag = new ArgoTag("lastRetry.message startsWith 'x' ? 'a' : 'b'");
    const manifest = inManifest({ ours: tag, theirs: tag.text } as never);
    expect(manifest.split(tag.text)).toHaveLength(2);
    expect(manifest.startsWith(`{"ours":"${tag.text}",`)).toBe(true);
    expect(JSON.parse(manifest)).toEqual({ ours: tag.text, theirs: tag.text });
  });

  it.each([`retries == "0"`, "a \\ b", "}} {{=1", "$(HOME)"])("cannot be carried by a tag: %s", (expression) => {
    expect(() => new ArgoTag(expression)).toThrow(/not for a manifest/);
  });

  it.each(AWKWARD)("reaches the custom resource as it is: %j", (value) => {
    const node = {
      id: "job",
      kind: "custom_crd",
      params: {
        manifest: { apiVersion: "batch/v1", kind: "Job", spec: { text: value, list: [value] } },
        success_condition: "status.succeeded == 1",
        failure_condition: "status.failed == 1",
      },
    };
    const result = compiled(submissionOf(dagOf([node])));
    expect(manifestOf(result, "job")).toMatchObject({ spec: { text: value, list: [value] } });
  });

  it.each(AWKWARD)("reaches a RayJob's processes as it is: %j", (value) => {
    const node = {
      id: "ray",
      kind: "ray_job",
      image: "ghcr.io/archetype/trainers:0.8.1",
      env: { OWN: value },
      command: ["run", value],
    };
    const { spec } = manifestOf(compiled(submissionOf(dagOf([node]))), "ray") as {
      spec: {
        entrypoint: string;
        rayClusterSpec: { workerGroupSpecs: [{ template: { spec: { containers: [object] } } }] };
      };
    };
    const [container] = spec.rayClusterSpec.workerGroupSpecs[0].template.spec.containers;
    expect(processOf(container).env.get("OWN")).toBe(value);
    expect(shellWords(spec.entrypoint)).toEqual(["run", value]);
  });
});

describe("an argument", () => {
  it("is passed only where Go's quoting of it is JSON", () => {
    expect(passesAsArgument('plain "text"\nwith\ttabs')).toBe(true);
    for (const bad of ["\u0007", "\u000b", "\u0000", "\u007f", "🚀"]) expect(passesAsArgument(bad)).toBe(false);
  });

  it("that cannot be passed stands in a template of its own", () => {
    const nodes = ["a", "b", "c"].map((id) => python(id, { env: { OWN: id === "c" ? "🚀" : id } }));
    const { templates } = compiled(submissionOf(dagOf(nodes))).workflow.spec;
    expect(templates.map(({ name }) => name)).toEqual(["0", "1-python-task", "c"]);
  });
});

/** Words of a POSIX command line of bare and single-quoted parts. */
function shellWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const c = line[at] as string;
    if (c === "'") {
      const end = line.indexOf("'", at + 1);
      word = (word ?? "") + line.slice(at + 1, end);
      at = end;
    } else if (c === "\\") word = (word ?? "") + line[++at];
    else if (c === " ") {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + c;
  }
  return word === undefined ? words : [...words, word];
}
