import {
  CAPACITY_LABEL,
  CLASS_LABEL,
  flavorName,
  type NodePool,
  poolTolerations,
  type Toleration,
  WORK_POOLS,
} from "../cluster/index.ts";

/** Spec of a Kueue ResourceFlavor. */
export interface Flavor {
  readonly nodeLabels: Readonly<Record<string, string>>;
  readonly tolerations: readonly Toleration[];
}

/**
 * One flavor per kind of capacity. The labels decide: a pod whose node affinity excludes spot can only be given an
 * on-demand flavor, and an admitted pod is sent to its flavor's nodes. Taints are left to the flavor's tolerations, so
 * that submitted pods need none of their own.
 */
export function planFlavors(pools: readonly NodePool[] = WORK_POOLS): Record<string, Flavor> {
  return Object.fromEntries(
    pools.map((pool) => [
      flavorName(pool),
      {
        nodeLabels: { [CLASS_LABEL]: pool.class, [CAPACITY_LABEL]: pool.capacity },
        tolerations: poolTolerations(pool),
      },
    ]),
  );
}
