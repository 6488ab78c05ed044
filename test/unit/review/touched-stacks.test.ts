import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { findPacks } from "../../../review/policy/packs.ts";
import { filesOf } from "../../../review/touched/changed-paths.ts";
import { findProjects, stackName } from "../../../review/touched/projects.ts";
import { sourcesOf } from "../../../review/touched/sources.ts";
import { type Program, touchedStacks } from "../../../review/touched/stacks.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url)).replace(/\/$/, "");

describe("in this checkout", () => {
  let programs: Program[];
  let judges: Set<string>;
  beforeAll(() => {
    const files = filesOf(root);
    programs = findProjects(root, files).map((project) => ({ ...project, sources: sourcesOf(root, project.main) }));
    judges = new Set(findPacks(root, files).flatMap(({ main }) => [...sourcesOf(root, main)]));
  });
  const touched = (...paths: string[]) => touchedStacks(paths, programs, judges).map(({ stack }) => stackName(stack));
  const platform = ["orchestration-layer/dev", "orchestration-layer/local", "orchestration-layer/prod"];
  const releases = ["model-releases/dev", "model-releases/prod"];

  test("a component touches every stack of the programs that load it, and only those", () => {
    expect(touched("components/cluster/node-groups.ts")).toEqual(expect.arrayContaining([...platform, ...releases]));
    expect(touched("components/release/model-release.ts")).toEqual(releases);
    expect(touched("stacks/platform/rooms/queue.ts")).toEqual(platform);
  });

  test("so does what a component reads beside its code", () => {
    expect(touched("components/security/rego/non_root.rego")).toEqual(expect.arrayContaining(platform));
  });

  test("a stack's file touches that stack, and those that build on it", () => {
    expect(touched("Pulumi.dev.yaml")).toContain("orchestration-layer/dev");
    expect(touched("Pulumi.dev.yaml")).not.toContain("orchestration-layer/prod");
    expect(touched("stacks/release/Pulumi.prod.yaml")).toEqual(["model-releases/prod"]);
  });

  test("evidence touches releases and not the platform", () => {
    expect(touched("stacks/release/evidence/bt-xs-7-prod.jws")).toEqual(releases);
  });

  test("a rule, and what it stands on, touches all; its settings touch their environment", () => {
    const all = programs.flatMap(({ stacks }) => stacks.map(stackName));
    expect(touched("policies/platform/rules/no-default-providers.ts")).toEqual(all);
    expect(touched("submission/spec/release/gates.ts")).toEqual(all);
    const prod = touched("policies/promotion/config/prod.json");
    expect(prod).toEqual(expect.arrayContaining(["model-releases/prod", "orchestration-layer/prod"]));
    expect(prod.filter((name) => /dev|local/.test(name))).toEqual([]);
  });

  test("another version of a dependency touches all", () => {
    expect(touched("package-lock.json")).toEqual(programs.flatMap(({ stacks }) => stacks.map(stackName)));
  });

  test.each([
    "README.md",
    "components/cluster/notes.md",
    "LICENSE",
    "test/unit/policies/rules.test.ts",
    "test/fixtures/pulumi/basic/Pulumi.dev.yaml",
    ".github/workflows/pull-request.yml",
    "local/cluster/start.ts",
    "submission/cli/main.ts",
    "components/cluster/nobody-imports-this.ts",
  ])("%s touches none", (path) => {
    expect(touched(path)).toEqual([]);
  });

  test("only the environments of a cloud are previewed without the embedded one", () => {
    const embedded = programs.flatMap(({ stacks }) => stacks.filter((stack) => stack.embedded).map(stackName));
    expect(embedded).toContain("orchestration-layer/local");
    expect(embedded.filter((name) => /dev|prod/.test(name))).toEqual([]);
  });
});

describe("a stack that builds on another", () => {
  const stack = (project: string, name: string, references: string[] = []) => ({
    ...{ project, name, references, embedded: false },
    folder: `stacks/${project}`,
    file: `stacks/${project}/Pulumi.${name}.yaml`,
    environment: name,
  });
  const program = (name: string, ...stacks: Program["stacks"]): Program => ({
    ...{ name, stacks, folder: `stacks/${name}`, main: `stacks/${name}/index.ts` },
    sources: new Set([`stacks/${name}/index.ts`, "stacks/configuration.ts"]),
  });
  const programs = [
    program("base", stack("base", "prod")),
    program("team", stack("team", "research", ["stacks/base/Pulumi.prod.yaml"]), stack("team", "features")),
  ];

  test("is touched by the file of that one", () => {
    const touched = touchedStacks(["stacks/base/Pulumi.prod.yaml"], programs, new Set());
    expect(touched.map(({ stack }) => stackName(stack))).toEqual(["base/prod", "team/research"]);
    expect(touched[1]?.because).toEqual(["stacks/base/Pulumi.prod.yaml"]);
  });

  test("is not touched by what lies in the folder of another project", () => {
    expect(touchedStacks(["stacks/base/evidence.jws"], programs, new Set()).map(({ stack }) => stack.project)).toEqual([
      "base",
    ]);
  });
});
