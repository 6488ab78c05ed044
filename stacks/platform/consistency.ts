import { planNetwork } from "../../components/cluster/index.ts";
import { apiGroup } from "../../components/workflow/index.ts";
import type { Finding } from "../configuration.ts";
import { apiFindings } from "./schema/api.ts";
import { auditFindings } from "./schema/audit.ts";
import { capacityFindings } from "./schema/capacity.ts";
import { computeFindings } from "./schema/compute.ts";
import { observabilityFindings } from "./schema/observability.ts";
import { queueFindings } from "./schema/queue.ts";
import { registryFindings } from "./schema/registry.ts";
import { securityFindings } from "./schema/security.ts";
import { OPTIONAL_SYSTEMS, type PlatformConfig, SYSTEMS } from "./schema.ts";

export type { Finding };

type Checked = Partial<PlatformConfig>;

/** What no single key can tell: how the keys fit together. Keys that did not parse are left out of it. */
export function consistency(config: Checked): Finding[] {
  return [
    installs,
    zones,
    network,
    poolSizes,
    kinds,
    capacityFindings,
    securityFindings,
    registryFindings,
    queueFindings,
    auditFindings,
    computeFindings,
    observabilityFindings,
    apiFindings,
  ].flatMap((check) => check(config));
}

function installs({ cluster, systems }: Checked): Finding[] {
  if (cluster === undefined || systems === undefined) return [];
  const wrong = cluster.kind === "embedded" ? "chart" : cluster.kind === "eks" ? "crds" : undefined;
  const why =
    wrong === "chart"
      ? "simulated nodes run no controller: crds or off"
      : "a controller must run somewhere: chart or off";
  return [...SYSTEMS, ...OPTIONAL_SYSTEMS]
    .filter((system) => systems[system] === wrong)
    .map((system) => ({
      path: ["systems", system],
      message: `cannot be ${wrong} on a cluster of kind ${cluster.kind}; ${why}`,
    }));
}

function zones({ cluster, region, zones, storage }: Checked): Finding[] {
  if (zones === undefined) return [];
  const foreign = zones.filter((zone) => region !== undefined && !zone.startsWith(region));
  const unknown = Object.entries(storage?.datasetZones ?? {}).filter(([, zone]) => !zones.includes(zone));
  return [
    ...foreign.map((zone) => ({ path: ["zones"], message: `${zone} is not in ${region}` })),
    ...(new Set(zones).size < zones.length ? [{ path: ["zones"], message: "names a zone twice" }] : []),
    ...(cluster?.kind === "eks" && zones.length < 2
      ? [{ path: ["zones"], message: "EKS needs subnets in at least two zones" }]
      : []),
    ...unknown.map(([store, zone]) => ({
      path: ["storage", "datasetZones", store],
      message: `${zone} is none of the stack's zones (${zones.join(", ")})`,
    })),
  ];
}

function network({ cluster, zones }: Checked): Finding[] {
  if (cluster?.kind !== "eks" || zones === undefined) return [];
  try {
    planNetwork(cluster.vpcCidr, zones);
    return [];
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [{ path: ["cluster", "vpcCidr"], message: error.message }];
  }
}

function poolSizes({ pools }: Checked): Finding[] {
  return Object.entries(pools ?? {})
    .filter(([, { min, max }]) => min > max)
    .map(([name, { min, max }]) => ({ path: ["pools", name], message: `min ${min} is above max ${max}` }));
}

function kinds({ customKinds }: Checked): Finding[] {
  const ours = (customKinds ?? []).filter(({ apiVersion }) => OURS.includes(apiGroup(apiVersion)));
  return ours.map(({ apiVersion, kind }) => ({
    path: ["customKinds"],
    message: `${apiVersion} ${kind} belongs to the platform itself: no DAG may create it`,
  }));
}

/** API groups through which a DAG could lift its own limits. */
const OURS: readonly string[] = [
  "argoproj.io",
  "kueue.x-k8s.io",
  "rbac.authorization.k8s.io",
  "networking.k8s.io",
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
];
