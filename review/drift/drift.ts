import type { Plan, PlannedStep } from "../../local/engine/plan.ts";
import { nameIn } from "../change/changes.ts";
import { differingPaths, writtenPath } from "../change/property-paths.ts";

/** A resource that is no longer as the stack's last update left it. */
export interface Drifted {
  readonly kind: "changed" | "deleted";
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly protect: boolean;
  /** Paths of what is different, never values: these may be secret. */
  readonly properties: readonly string[];
}

export interface Drift {
  readonly resources: readonly Drifted[];
  /** How many are as they were left. */
  readonly same: number;
}

/** What a refresh would record. What a resource reports of itself, its status say, is no drift: only what was asked of it is. */
export function driftIn({ steps }: Plan): Drift {
  const managed = steps.filter(({ oldState }) => oldState?.custom === true);
  const resources = managed.flatMap((step) => drifted(step) ?? []);
  const key = ({ kind, type, name, urn }: Drifted) => [kind, type, name, urn].join("\u0000");
  const byKey = new Map(resources.map((one) => [key(one), one]));
  return {
    resources: [...byKey].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, one]) => one),
    same: managed.length - byKey.size,
  };
}

function drifted({ op, oldState, newState, detailedDiff }: PlannedStep): Drifted | undefined {
  if (oldState == null) return undefined;
  const { urn, type, protect, inputs } = oldState;
  const about = { urn, type, protect, name: nameIn(urn) };
  if (op === "delete") return { kind: "deleted", ...about, properties: [] };
  if (newState == null) return undefined;
  const paths = differingPaths(inputs, newState.inputs).map(writtenPath);
  // A provider that puts nothing into the inputs still says where it sees a difference.
  const properties = paths.length > 0 ? paths : Object.keys(detailedDiff ?? {}).sort();
  return properties.length === 0 ? undefined : { kind: "changed", ...about, properties };
}
