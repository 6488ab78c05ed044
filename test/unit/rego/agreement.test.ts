import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  gateRego,
  parseReleaseGates,
  planGateLibraries,
  type ReleaseGate,
  regoName,
} from "../../../components/security/index.ts";
import { GATE_NAMES } from "../../../submission/spec/release/index.ts";
import { newSigners, releaseOf } from "../policies/matrix-release.ts";
import { judgeAll } from "../policies/release-fixture.ts";
import { MATRIX } from "../policies/release-matrix.ts";
import { BUILD_PATIENCE_MS, folderOf, run } from "./opa.ts";

/** Every case of the matrix before every gate of the cluster, by the real OPA, in one process. */
const ALL_CASES = `package cases

import rego.v1

verdicts[index][gate] := messages if {
	some index, one in data.all
	some gate, settings in one.settings
	rule := replace(gate, "-", "_")
	request := {"review": {"object": one.object}, "parameters": {"settings": settings}}
	messages := {violation.msg | some violation in data.orch.release[rule].violation with input as request}
	count(messages) > 0
}
`;

type Verdict = Readonly<Record<string, readonly string[]>>;
let ofPack: Verdict[];
let ofCluster: Verdict[];
let planned: ReturnType<typeof parseReleaseGates>[];
let folder: ReturnType<typeof folderOf>;

beforeAll(async () => {
  const signers = await newSigners();
  const releases = await Promise.all(MATRIX.map((one) => releaseOf(one, signers)));
  ofPack = await Promise.all(
    releases.map(async ({ resource, settings }) => Object.fromEntries(await judgeAll(resource, settings))),
  );
  planned = releases.map(({ settings }) => parseReleaseGates(settings));
  const cases = releases.map(({ resource, settings }, index) => ({
    object: resource.props,
    settings: settingsOf(planned[index], settings),
  }));
  folder = folderOf({
    "cases.rego": ALL_CASES,
    "cases.json": JSON.stringify({ all: cases }),
    ...Object.fromEntries(Object.entries(planGateLibraries()).map(([name, text]) => [`lib/${name}.rego`, text])),
    ...Object.fromEntries(GATE_NAMES.map((gate) => [`rules/${regoName(gate)}.rego`, gateRego(gate)])),
  });
  const { stdout, stderr } = await run("opa", [
    "eval",
    "--strict-builtin-errors=false",
    "--data",
    folder.path,
    "data.cases.verdicts",
  ]);
  const { result } = JSON.parse(stdout) as { result?: { expressions: { value: Record<string, Verdict> }[] }[] };
  const value = result?.[0]?.expressions[0]?.value;
  if (value === undefined) throw new Error(stderr || stdout);
  ofCluster = MATRIX.map((_, index) => value[index] ?? {});
}, BUILD_PATIENCE_MS);
afterAll(() => folder?.remove());

/** What the stack would hand to the constraints; where it refuses to, what somebody would have to have written by hand. */
function settingsOf(
  plan: ReturnType<typeof parseReleaseGates> | undefined,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  if (plan !== undefined && "gates" in plan)
    return Object.fromEntries(plan.gates.map(({ gate, settings }: ReleaseGate) => [gate, settings]));
  const defaults = parseReleaseGates({});
  const complete = "gates" in defaults ? defaults.gates : [];
  return Object.fromEntries(
    complete.map(({ gate, settings }) => [gate, { ...settings, ...(given[gate] as object | undefined) }]),
  );
}

/** The sentence about the release, without what is the same for every finding of a gate. */
const sentence = (message: string): string => message.replace(/^\w+: /, "").split(". Why it matters: ")[0] ?? "";
/** Of the form of a field each engine's own validator says in its own words what is wrong; where, they agree. */
const place = (text: string): string => text.replace(/(has a mistake in its (?:annotation \S+|evidence \w+)).*/s, "$1");

describe("the cluster's gates, by the real OPA, say what the policy pack says of a release with", () => {
  test.each(MATRIX.map((one, index) => ({ ...one, index })))("$title", ({ refused, index }) => {
    const [pack, cluster] = [ofPack[index] ?? {}, ofCluster[index] ?? {}];
    expect(Object.keys(cluster).sort()).toEqual(Object.keys(refused).sort());
    expect(Object.keys(cluster).sort()).toEqual(Object.keys(pack).sort());
    for (const [gate, messages] of Object.entries(pack)) {
      if (messages.some((message) => message.includes("whose settings are wrong"))) continue;
      const said = (cluster[gate] ?? []).map(sentence).map(place);
      expect(said).toEqual(expect.arrayContaining(messages.map(sentence).map(place)));
    }
  });

  test("settings that are wrong, before any of them reaches a cluster", () => {
    const wrong = MATRIX.flatMap(({ title, refused }, index) => {
      const plan = planned[index];
      return plan !== undefined && "problems" in plan ? [{ title, refused, problems: plan.problems }] : [];
    });
    expect(wrong.map(({ title }) => title)).toEqual([
      "a threshold that says neither min nor max",
      "a private key in the environment",
    ]);
    expect(wrong.map(({ problems }) => problems)).toEqual([
      ["metrics-meet-thresholds.thresholds.sharpe must have min, max or both"],
      [expect.stringMatching(/^evidence-is-signed\.keys\.0 .*d/)],
    ]);
  });
});
