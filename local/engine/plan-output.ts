import { z } from "zod";
import type { EngineMessage } from "./progress.ts";

/** Reading what the engine prints of a preview: the digest (`--json`), and of its events those of policies. */

const state = z.object({
  urn: z.string(),
  /** Type token, e.g. `kubernetes:core/v1:ConfigMap`. */
  type: z.string(),
  /** False for a component. */
  custom: z.boolean().default(false),
  protect: z.boolean().default(false),
  /** Secrets are `"[secret]"`. */
  inputs: z.record(z.string(), z.unknown()).default({}),
  outputs: z.record(z.string(), z.unknown()).default({}),
  aliases: z.array(z.string()).nullish(),
  /** The resources that each property was computed from. */
  propertyDependencies: z.record(z.string(), z.array(z.string()).nullable()).nullish(),
  /** Where the program declared it, the innermost call first. */
  stackTrace: z.array(z.object({ sourcePosition: z.string().optional() })).nullish(),
});
const step = z.object({
  op: z.string(),
  urn: z.string(),
  oldState: state.nullish(),
  newState: state.nullish(),
  /** Properties whose change takes a new resource. */
  replaceReasons: z.array(z.string()).nullish(),
  /** Properties that change. */
  diffReasons: z.array(z.string()).nullish(),
  /** The same in full, by path. */
  detailedDiff: z.record(z.string(), z.unknown()).nullish(),
});
const preview = z.object({
  steps: z.array(step).nullish(),
  diagnostics: z.array(z.object({ urn: z.string().nullish(), message: z.string(), severity: z.string() })).nullish(),
});
const policyEvent = z.object({
  policyEvent: z.object({
    resourceUrn: z.string().default(""),
    message: z.string(),
    policyName: z.string(),
    policyPackName: z.string(),
    enforcementLevel: z.string(),
  }),
});

export type PlannedState = z.output<typeof state>;
export type PlannedStep = z.output<typeof step>;

/** What a policy has to say about a resource. */
export interface PolicyMessage {
  readonly pack: string;
  readonly policy: string;
  /** Empty where it is about the stack as a whole. */
  readonly urn: string;
  readonly message: string;
  /** `mandatory`, `advisory`, `remediate`. */
  readonly level: string;
}

/** Nothing at all where the engine ended before it printed any. */
export function digest(output: string): { steps: PlannedStep[]; messages: EngineMessage[] } {
  const begin = output.indexOf("{");
  if (begin < 0) return { steps: [], messages: [] };
  const { steps, diagnostics } = preview.parse(JSON.parse(output.slice(begin)));
  const messages = (diagnostics ?? []).flatMap(({ severity, message, urn }): EngineMessage[] => {
    const text = message.replace(/^(error|warning): /, "").trim();
    if (text === "" || (severity !== "error" && severity !== "warning" && severity !== "info")) return [];
    return [{ severity, text, urn: urn || undefined }];
  });
  return { steps: steps ?? [], messages };
}

export function eventOf(line: string): PolicyMessage | undefined {
  // Most of the log is the SDK's debugging: taken apart only where it is of policies.
  if (!line.includes('"policyEvent"')) return undefined;
  const parsed = policyEvent.safeParse(JSON.parse(line));
  if (!parsed.success) return undefined;
  const { resourceUrn, message, policyName, policyPackName, enforcementLevel } = parsed.data.policyEvent;
  return {
    pack: policyPackName,
    policy: policyName,
    urn: resourceUrn,
    message: message.trim(),
    level: enforcementLevel,
  };
}
