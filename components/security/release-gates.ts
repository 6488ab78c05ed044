import { z } from "zod";
import {
  ARTIFACT_SHA256_VARIABLE,
  ARTIFACT_URI_VARIABLE,
  CARD_SECTIONS,
  EVIDENCE_ANNOTATION,
  EVIDENCE_HEADER,
  EVIDENCE_TYPE,
  evidence,
  FIX_THE_SOURCE,
  GATE_NAMES,
  GATES,
  type GateName,
  RELEASE_ANNOTATION,
  releaseManifest,
  STAGES,
} from "../../submission/spec/release/index.ts";
import { rego } from "./rules.ts";

/**
 * The gates of a release inside the cluster: the rules of policies/promotion in Rego, for Gatekeeper and Conftest. Words, forms and
 * bounds are not written a second time: they are made of the same schemas, and of the pack's own settings.
 */

/** `mandatory` refuses, `advisory` warns; `disabled` is left out. */
export type GateLevel = "mandatory" | "advisory";

export interface ReleaseGate {
  readonly gate: GateName;
  readonly level: GateLevel;
  /** Complete: what the environment left out has its default. */
  readonly settings: Readonly<Record<string, unknown>>;
}

const level = z.enum(["mandatory", "advisory", "disabled"], "must be mandatory, advisory or disabled");

/**
 * An environment's settings of the policy pack `promotion` (policies/promotion/config/<environment>.json), as gates of its cluster.
 *
 * @returns the gates in force, or every mistake in the settings
 */
export function parseReleaseGates(
  given: unknown,
): { readonly gates: readonly ReleaseGate[] } | { readonly problems: readonly string[] } {
  const file = z.record(z.string(), z.unknown()).safeParse(given);
  if (!file.success) return { problems: ["must be an object: name of the gate -> its settings"] };
  const names: readonly string[] = ["all", ...GATE_NAMES];
  const problems = Object.keys(file.data)
    .filter((name) => !names.includes(name))
    .map((name) => `${name}: there is no such gate; there are ${GATE_NAMES.join(", ")}`);
  const gates = GATE_NAMES.flatMap((gate) => {
    const own = split(file.data[gate]);
    const chosen = level.safeParse(own.level ?? split(file.data.all).level ?? "mandatory");
    const settings = GATES[gate].settings.safeParse(own.settings);
    if (chosen.success && settings.success)
      return chosen.data === "disabled" ? [] : [{ gate, level: chosen.data, settings: { ...settings.data } }];
    const issues = [...(chosen.error?.issues ?? []), ...(settings.error?.issues ?? [])];
    problems.push(...issues.map(({ path, message }) => `${[gate, ...path].map(String).join(".")} ${message}`));
    return [];
  });
  return problems.length > 0 ? { problems } : { gates };
}

/** Pulumi takes a level alone, or settings with the level among them. */
function split(given: unknown): { level: unknown; settings: unknown } {
  if (typeof given === "string") return { level: given, settings: {} };
  const parsed = z.looseObject({ enforcementLevel: z.unknown().optional() }).safeParse(given ?? {});
  if (!parsed.success) return { level: undefined, settings: given };
  const { enforcementLevel, ...settings } = parsed.data;
  return { level: enforcementLevel, settings };
}

/** Name of the gate's file and package: `card_is_complete`. */
export const regoName = (gate: GateName): string => gate.replaceAll("-", "_");

/** Kind of its constraint: `OrchCardIsComplete`. */
export const constraintKind = (gate: GateName): string =>
  `Orch${gate.replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase())}`;

export const gateRego = (gate: GateName): string => rego(`release/${regoName(gate)}`);

/**
 * What gates stand on, by file name; all of it in packages below `lib`.
 *
 * @param gates those that it is for. Default: all
 */
export const planGateLibraries = (gates: readonly GateName[] = GATE_NAMES): Readonly<Record<string, string>> => ({
  released: rego("release/released"),
  plain_json: rego("release/plain_json"),
  instants: rego("release/instants"),
  forms: planForms(gates),
});

/** The schemas and words of releases, evidence and gates, as Rego reads them. */
function planForms(gates: readonly GateName[]): string {
  const forms = {
    annotations: { release: RELEASE_ANNOTATION, evidence: EVIDENCE_ANNOTATION },
    variables: { uri: ARTIFACT_URI_VARIABLE, sha256: ARTIFACT_SHA256_VARIABLE },
    header: EVIDENCE_HEADER,
    type: EVIDENCE_TYPE,
    stages: STAGES,
    card_sections: CARD_SECTIONS,
    source: FIX_THE_SOURCE,
    manifest: formOf(releaseManifest, "input"),
    evidence: Object.fromEntries(
      Object.entries(evidence.shape).map(([name, section]) => [name, formOf(section, "input")]),
    ),
    gates: Object.fromEntries(
      gates.map((gate) => {
        const { why, fix, settings } = GATES[gate];
        return [gate, { why, fix, settings: formOf(settings, "output") }];
      }),
    ),
  };
  const lines = Object.entries(forms).map(([name, value]) => `${name} := ${JSON.stringify(value)}`);
  return ["package lib.forms", "", "import rego.v1", "", ...lines, ""].join("\n");
}

/** The pattern of a time says it all; what else a validator may think of `date-time` does not count. */
const formOf = (schema: z.ZodType, io: "input" | "output") => {
  const { $schema: _, ...form } = z.toJSONSchema(schema, {
    target: "draft-7",
    io,
    override: ({ jsonSchema }) => {
      delete jsonSchema.format;
    },
  });
  return form;
};
