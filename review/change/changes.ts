import type { PlannedState, PlannedStep } from "../../local/engine/plan.ts";
import { differingPaths, writtenPath } from "./property-paths.ts";
import { replaces } from "./replacement.ts";

/** In the order in which a reviewer should read them. */
export const CHANGE_KINDS = ["destroyed", "replaced", "changed", "added"] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

export interface ResourceChange {
  readonly kind: ChangeKind;
  readonly urn: string;
  readonly type: string;
  /** Name in the program. */
  readonly name: string;
  /** Pulumi refuses to destroy or replace it, as it is before the change. */
  readonly protect: boolean;
  /** Paths of what differs, never values: these may be secret. `protect` is the resource's protection itself. */
  readonly properties: readonly string[];
  readonly before: PlannedState | undefined;
  readonly after: PlannedState | undefined;
}

export interface Changes {
  readonly resources: readonly ResourceChange[];
  /** How many stay as they are. */
  readonly same: number;
}

/** What the engine would do to the stack's state. */
export function plannedChanges(steps: readonly PlannedStep[]): Changes {
  const byUrn = new Map<string, ResourceChange>();
  let same = 0;
  for (const step of steps) {
    const change = changeOf(step);
    if (change === undefined) same += step.op === "same" ? 1 : 0;
    // A replacement is three steps on one resource.
    else if (change !== "part of another") byUrn.set(change.urn, change);
  }
  return { resources: sorted([...byUrn.values()]), same };
}

function changeOf(step: PlannedStep): ResourceChange | "part of another" | undefined {
  const before = step.oldState ?? undefined;
  const after = step.newState ?? undefined;
  const known = after ?? before;
  if (known === undefined || isTheStack(known.type)) return "part of another";
  const about = (kind: ChangeKind, properties: readonly string[]) =>
    describe(kind, known, before, after, [...new Set([...properties, ...protection(before, after)])].sort());
  switch (step.op) {
    case "create":
    case "import":
      return about("added", []);
    case "update":
      return about("changed", reasons(step));
    case "replace":
    case "create-replacement":
    case "import-replacement":
      return about("replaced", step.replaceReasons?.length ? step.replaceReasons : reasons(step));
    case "delete":
      return about("destroyed", []);
    case "same":
      return protection(before, after).length > 0 ? about("changed", []) : undefined;
    default:
      return "part of another";
  }
}

function reasons({ detailedDiff, diffReasons }: PlannedStep): string[] {
  const detailed = Object.keys(detailedDiff ?? {});
  return detailed.length > 0 ? detailed : [...(diffReasons ?? [])];
}

/**
 * In what two first previews of a stack differ: that of a change's base and its own. Without a state this is what a change does;
 * what the provider alone knows, such as which properties of AWS take a new resource, is known for some types only (`replaces`).
 */
export function compared(before: readonly PlannedState[], after: readonly PlannedState[]): Changes {
  const rest = new Map(before.filter(({ type }) => !isTheStack(type)).map((state) => [state.urn, state]));
  const resources: ResourceChange[] = [];
  let same = 0;
  for (const state of after) {
    if (isTheStack(state.type)) continue;
    const known = [state.urn, ...(state.aliases ?? [])].find((urn) => rest.has(urn));
    const old = known === undefined ? undefined : rest.get(known);
    if (known !== undefined) rest.delete(known);
    if (old === undefined) {
      resources.push(describe("added", state, undefined, state, []));
      continue;
    }
    const paths = differingPaths(old.inputs, state.inputs);
    const properties = [...paths.map(writtenPath), ...protection(old, state)];
    if (properties.length === 0) same += 1;
    else resources.push(describe(replaces(state.type, paths) ? "replaced" : "changed", state, old, state, properties));
  }
  for (const old of rest.values()) resources.push(describe("destroyed", old, old, undefined, []));
  return { resources: sorted(resources), same };
}

/** The stack itself is no resource that anybody could change. */
const isTheStack = (type: string): boolean => type === "pulumi:pulumi:Stack";

const protection = (before: PlannedState | undefined, after: PlannedState | undefined): string[] =>
  before !== undefined && after !== undefined && before.protect !== after.protect ? ["protect"] : [];

function describe(
  kind: ChangeKind,
  { urn, type }: PlannedState,
  before: PlannedState | undefined,
  after: PlannedState | undefined,
  properties: readonly string[],
): ResourceChange {
  const protect = (before ?? after)?.protect ?? false;
  return { kind, urn, type, name: nameIn(urn), protect, properties, before, after };
}

/** `urn:pulumi:<stack>::<project>::<type>::<name>`, where a name may have `::` in it. */
export const nameIn = (urn: string): string => urn.split("::").slice(3).join("::");

function sorted(changes: readonly ResourceChange[]): ResourceChange[] {
  const key = ({ kind, type, name, urn }: ResourceChange) =>
    [CHANGE_KINDS.indexOf(kind), type, name, urn].join("\u0000");
  return changes
    .map((change) => ({ change, key: key(change) }))
    .sort(byKey)
    .map(({ change }) => change);
}

/** By code points, not by the reader's locale: the same order on every machine. */
const byKey = (left: { key: string }, right: { key: string }): number =>
  left.key < right.key ? -1 : left.key > right.key ? 1 : 0;
