import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { parseReleaseGates, planConftestFiles, planConftestPod, RULES } from "../../../components/security/index.ts";
import { compile } from "../../../submission/compile/index.ts";
import { check, localProfile } from "../../../submission/spec/index.ts";
import { newSigners, releaseOf, type Signers } from "../policies/matrix-release.ts";
import { settingsWith } from "../policies/release-fixture.ts";
import type { Case, Loose } from "../policies/release-matrix.ts";
import { BUILD_PATIENCE_MS, folderOf, run } from "./opa.ts";

/** The real Conftest on the very files and with the very arguments that its job in the cluster has. */
let signers: Signers;
let policy: ReturnType<typeof folderOf>;
beforeAll(async () => {
  signers = await newSigners();
  const planned = parseReleaseGates({ ...settingsWith(signers.ci), "card-is-complete": "advisory" });
  if ("problems" in planned) throw new Error(planned.problems.join());
  const parameters = { prefixes: ["ghcr.io/archetype/", "trinodb/", "rayproject/"] };
  policy = folderOf(planConftestFiles({ rules: RULES, parameters, gates: planned.gates }));
  await run("conftest", ["--version"]);
}, BUILD_PATIENCE_MS);
afterAll(() => policy?.remove());

async function judged(manifest: unknown): Promise<{ exitCode: number; failures: string[]; warnings: string[] }> {
  const input = folderOf({ "manifest.yaml": stringify(manifest) });
  const places: Record<string, string> = {
    "/policy": policy.path,
    "/policy/parameters.json": join(policy.path, "parameters.json"),
    "/input": input.path,
  };
  const args = (planConftestPod().containers as { args: string[] }[])[0]?.args ?? [];
  const { exitCode, stdout, stderr } = await run(
    "conftest",
    args.map((arg) => places[arg] ?? arg),
  );
  input.remove();
  type Said = { failures?: { msg: string }[]; warnings?: { msg: string }[] };
  if (!stdout.startsWith("[")) throw new Error(stderr || stdout);
  const [said = {}] = JSON.parse(stdout) as Said[];
  const texts = (messages: { msg: string }[] = []) => messages.map(({ msg }) => msg);
  return { exitCode, failures: texts(said.failures), warnings: texts(said.warnings) };
}

const sample = (name: string) => ({
  text: readFileSync(new URL(`../../../submission/samples/${name}`, import.meta.url), "utf8"),
  source: name,
});

/** The sample DAG as it is submitted, and `change`d behind the compiler's back. */
function workflow(change: (workflow: Loose<unknown>) => void = () => undefined): unknown {
  const profile = localProfile();
  const checked = check({ dag: sample("bt_xs_bilstm_v1.yaml"), params: sample("runtime_params.json"), profile });
  if (!checked.ok) throw new Error("the sample is wrong");
  const compiled = compile(checked.submission, profile);
  if (!compiled.ok) throw new Error("the sample does not compile");
  const manifest = JSON.parse(compiled.json());
  change(manifest);
  return manifest;
}
const template = (manifest: Loose<unknown>, name = "compute-features") =>
  manifest.spec.templates.find((one: { name: string }) => one.name === name);
const patch = (manifest: Loose<unknown>, change: (spec: Loose<unknown>) => void) => {
  const one = template(manifest);
  const spec = JSON.parse(one.podSpecPatch);
  change(spec);
  one.podSpecPatch = JSON.stringify(spec);
};

describe("a compiled Workflow", () => {
  test("passes as the compiler wrote it", async () => {
    expect(await judged(workflow())).toEqual({ exitCode: 0, failures: [], warnings: [] });
  });

  test.each<[string, (manifest: Loose<unknown>) => void, string]>([
    [
      "an image from elsewhere",
      (w) => (template(w).container.image = "docker.io/evil/x:1"),
      "comes from none of ghcr.io/archetype/, trinodb/, rayproject/ (allowed_registries)",
    ],
    [
      "an image without a version",
      (w) => (template(w).container.image = "ghcr.io/archetype/x"),
      "may be another image tomorrow: give a tag other than latest, or a digest (no_latest_tag)",
    ],
    [
      "a container that may gain privileges",
      (w) => delete template(w).container.securityContext.allowPrivilegeEscalation,
      "container main may gain privileges",
    ],
    [
      "a container without a limit",
      (w) => delete template(w).container.resources.limits,
      "container main has no resources.limits.memory (required_resources)",
    ],
    [
      "a root that can be written to",
      (w) => (template(w).container.securityContext.readOnlyRootFilesystem = false),
      "can write to its image",
    ],
    [
      "a pod that may run as root",
      (w) => (template(w).container.securityContext.runAsNonRoot = false),
      "container main may run as root: set runAsNonRoot to true (non_root)",
    ],
    [
      "a container that is made privileged by a patch",
      (w) => patch(w, (spec) => spec.containers.push({ name: "main", securityContext: { privileged: true } })),
      "container main is privileged (no_privileges)",
    ],
    [
      "a container that only a patch adds",
      (w) => patch(w, (spec) => spec.containers.push({ name: "extra", image: "ghcr.io/archetype/x:1" })),
      "container extra keeps capabilities: drop ALL (no_privileges)",
    ],
    [
      "the node's network",
      (w) => (w.spec.hostNetwork = true),
      "the pod shares the node's own: hostNetwork (no_privileges)",
    ],
    [
      "a folder of the node",
      (w) => (template(w).volumes = [{ name: "host", hostPath: { path: "/" } }]),
      "volume host is a folder of the node (no_privileges)",
    ],
    [
      "a sidecar that is not confined",
      (w) => (template(w).sidecars = [{ name: "side", image: "ghcr.io/archetype/x:1" }]),
      "container side",
    ],
  ])("with %s fails, and is told which template", async (_, change, part) => {
    const { exitCode, failures } = await judged(workflow(change));
    expect(exitCode).toBe(1);
    expect(failures).toContainEqual(expect.stringContaining(part));
    for (const failure of failures) expect(failure).toMatch(/^Workflow sub-2025-10-29-001, template [\w-]+: /);
  });
});

describe("the manifest of a release", () => {
  const manifestOf = async (one: Omit<Case, "title" | "refused">) =>
    (await releaseOf({ ...one, title: "", refused: {} }, signers)).resource.props;

  test("passes when everything is in order", async () => {
    expect(await judged(await manifestOf({}))).toEqual({ exitCode: 0, failures: [], warnings: [] });
  });

  test("fails with every gate that refuses it, in the words of the policy pack", async () => {
    const manifest = await manifestOf({
      evidence: (e) => {
        e.drawdown.max = 0.4;
        e.approvals = [];
      },
    });
    const { exitCode, failures } = await judged(manifest);
    expect(exitCode).toBe(1);
    expect(failures.sort()).toEqual([
      expect.stringMatching(
        /^RayService serving\/bt-xs-7-prod has 0 of 1 approvals for prod\. Why it matters: .*\(prod-is-approved\)$/,
      ),
      expect.stringMatching(
        /^RayService serving\/bt-xs-7-prod has a drawdown of 0\.4 .* How to fix it: .*\(drawdown-within-bounds\)$/,
      ),
    ]);
  });

  test("is only warned about where the environment says that a gate is advice", async () => {
    const { exitCode, failures, warnings } = await judged(await manifestOf({ evidence: (e) => (e.card.risks = "") }));
    expect({ exitCode, failures }).toEqual({ exitCode: 0, failures: [] });
    expect(warnings).toEqual([expect.stringContaining("has a model card whose section risks is empty")]);
  });

  test("fails when it serves without a release", async () => {
    const manifest = await manifestOf({ resource: (r) => delete r.props.metadata.annotations });
    expect((await judged(manifest)).failures).toEqual([
      expect.stringContaining("serves without a release: it has no annotation orch.dev/release"),
    ]);
  });
});
