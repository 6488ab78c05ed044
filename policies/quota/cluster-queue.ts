import { z } from "zod";
import { TEAM_LABEL } from "../../components/security/constants.ts";
import { formatBytes, parseQuantity } from "../../submission/spec/values/quantity.ts";
import { knownAt, knownListAt } from "../verdict/known.ts";
import { ofKind, type Resource } from "../verdict/resource.ts";
import { Unreadable } from "../verdict/rule.ts";

/** Kueue's own names: ClusterQueues, ResourceFlavors (`cpu-spot`), resources (`cpu`, `memory`, `nvidia.com/gpu`). */

export const isClusterQueue = ofKind("kubernetes:kueue.x-k8s.io/ClusterQueue");

/** Amounts by resource, by flavor, as Kubernetes writes them: `{"cpu-spot": {"cpu": "300", "memory": "1100Gi"}}`. */
export const amounts = z.record(
  z.string(),
  z.record(
    z.string(),
    z.string().refine((text) => parseQuantity(text) !== undefined, "must be an amount, e.g. 300 or 1100Gi"),
  ),
);
export type Amounts = z.output<typeof amounts>;

/** What a queue has of one resource of one flavor. */
export interface Quota {
  readonly flavor: string;
  readonly resource: string;
  readonly nominal: string;
  /** None: as much as the cohort has to spare. */
  readonly borrowing: string | undefined;
}

/** @throws NotDecided, Unreadable */
export function quotasOf({ props }: Resource): Quota[] {
  return knownListAt(props, "spec", "resourceGroups").flatMap((group) =>
    knownListAt(group, "flavors").flatMap((flavor) =>
      knownListAt(flavor, "resources").map((resource) => ({
        flavor: String(knownAt(flavor, "name")),
        resource: String(knownAt(resource, "name")),
        nominal: textAt(resource, "nominalQuota") ?? "0",
        borrowing: textAt(resource, "borrowingLimit"),
      })),
    ),
  );
}

function textAt(from: unknown, field: string): string | undefined {
  const value = knownAt(from, field);
  if (value === undefined || value === null) return undefined;
  const text = String(value);
  if (parseQuantity(text) === undefined) throw new Unreadable([`has a ${field} ${text} that is no amount`]);
  return text;
}

/**
 * The team that a queue belongs to, by its label.
 *
 * @throws NotDecided, Unreadable
 */
export function teamOf({ props }: Resource): string {
  const team = knownAt(props, "metadata", "labels", TEAM_LABEL);
  if (typeof team !== "string")
    throw new Unreadable([`has no label ${TEAM_LABEL}: nobody could say whose quota it is`]);
  return team;
}

/** In billionths, so that sums are exact; nothing is none. */
export const exact = (text: string | undefined): bigint => parseQuantity(text ?? "0")?.nano ?? 0n;

/** An exact amount as people read it: `300`, `1100Gi`. */
export const readable = (nano: bigint, resource: string): string =>
  resource === "memory" ? formatBytes(Number(nano / 1_000_000_000n)) : String(Number(nano) / 1e9);
