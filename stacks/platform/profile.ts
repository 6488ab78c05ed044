import {
  allocatable,
  flavorName,
  POOL_LABEL,
  type PoolName,
  poolTolerations,
  workPools,
} from "../../components/cluster/index.ts";
import { CHARTS } from "../../components/system/index.ts";
import { ARGO_NAMESPACE, PRIORITY_CLASSES } from "../../components/workflow/index.ts";
import { type PlatformProfile, type Pool, platformProfile } from "../../submission/spec/profile.ts";
import type { PlatformConfig } from "./schema.ts";

/** What the embedded environment runs; elsewhere the chart decides. */
export const EMBEDDED_ARGO_VERSION = "v3.7.14";

/**
 * What the compiler may rely on in this environment, besides its teams; follows from the configuration alone, so it is known before anything
 * exists.
 *
 * @param environment the stack's name
 */
export function planProfile(environment: string, config: PlatformConfig): PlatformProfile {
  const version =
    config.systems["argo-workflows"] === "chart" ? CHARTS.argoWorkflows.appVersion : EMBEDDED_ARGO_VERSION;
  return platformProfile.parse({
    version: 1,
    environment,
    stages: config.stages,
    argo: { namespace: ARGO_NAMESPACE, version, executorImage: `quay.io/argoproj/argoexec:${version}` },
    ...(config.defaultTeam === undefined ? {} : { defaultTeam: config.defaultTeam }),
    teams: {},
    pools: planPools(config),
    priorityClasses: {
      low: PRIORITY_CLASSES.low.name,
      normal: PRIORITY_CLASSES.normal.name,
      high: PRIORITY_CLASSES.high.name,
      critical: PRIORITY_CLASSES.critical.name,
    },
    storage: { ...config.storage, region: config.region },
    endpoints: planEndpoints(config),
    images: config.images,
    customKinds: config.customKinds,
    limits: config.limits,
    infrastructureAttempts: config.infrastructureAttempts,
  } satisfies PlatformProfile);
}

/** Arrow Flight is reached where `featureAccess` says, which also opens the way there. */
function planEndpoints({ endpoints, featureAccess }: PlatformConfig): PlatformProfile["endpoints"] {
  return featureAccess === undefined ? endpoints : { ...endpoints, arrowFlight: featureAccess.endpoint };
}

function planPools({ pools, zones }: PlatformConfig): Pool[] {
  return workPools(pools).map((pool) => {
    const free = allocatable(pool.shape);
    const { cut } = pool.shape;
    return {
      name: pool.name,
      class: pool.class === "system" ? "cpu" : pool.class,
      capacity: pool.capacity,
      flavor: flavorName(pool),
      node: { cpu: `${free.cpuMillis}m`, mem: `${free.memoryGi}Gi`, gpu: cut === undefined ? free.gpu : 0 },
      slices: cut === undefined ? {} : { [cut.slice]: free.gpu },
      maxNodes: pools[pool.name as PoolName]?.max ?? 0,
      selector: { [POOL_LABEL]: pool.name },
      tolerations: poolTolerations(pool),
      zones: [...zones],
    };
  });
}
