import { SERVICE_CIDR } from "./control-plane.ts";
import type { EksClusterArgs } from "./eks.ts";
import type { InterfaceEndpoint } from "./endpoints.ts";
import type { NatStrategy } from "./network.ts";
import { overlap, planNetwork } from "./network-plan.ts";
import { type NodePool, POOLS } from "./pools.ts";

/** Something about a cluster's arguments that AWS would refuse, or that could never work. */
export interface Problem {
  /** The argument, e.g. `["pools", "cpu", "warm"]`. */
  readonly path: readonly string[];
  readonly reason: string;
}

type Args = Partial<EksClusterArgs>;

const problem = (path: string, reason: string): Problem => ({ path: path.split("."), reason });

/** All that is wrong with the arguments of a cluster. */
export function findClusterProblems(args: Args): Problem[] {
  return [...findMistakes(args), ...findClusterConflicts(args)];
}

/** @throws RangeError naming all that is wrong */
export function refuseProblems(name: string, problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const lines = problems.map(({ path, reason }) => `  ${path.join(".")}  ${reason}`);
  throw new RangeError(`Cluster ${name} cannot be made:\n${lines.join("\n")}`);
}

/** What is wrong by itself; a stack's configuration is checked for it key by key. */
function findMistakes({ account, zones, vpcCidr, admins, pools }: Args): Problem[] {
  return [
    ...(account === undefined || /^\d{12}$/.test(account) ? [] : [problem("account", `${account} is not 12 digits`)]),
    ...(zones === undefined || (zones.length > 1 && new Set(zones).size === zones.length)
      ? []
      : [problem("zones", "must name at least two zones, none of them twice")]),
    ...(vpcCidr === undefined || zones === undefined ? [] : layoutProblem(vpcCidr, zones)),
    ...(admins?.length === 0 ? [problem("admins", "names nobody: no one could use the cluster")] : []),
    ...Object.entries(pools ?? {})
      .filter(([, { min, max }]) => min > max)
      .map(([name, { min, max }]) => problem(`pools.${name}`, `min ${min} is above max ${max}`)),
  ];
}

function layoutProblem(vpcCidr: string, zones: readonly string[]): Problem[] {
  try {
    planNetwork(vpcCidr, zones);
    return [];
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [problem("vpcCidr", error.message)];
  }
}

/** What does not go together; arguments that are missing are left out of it. */
export function findClusterConflicts(args: Args): Problem[] {
  return [...regionConflicts(args), ...endpointConflicts(args), ...addressConflicts(args), ...poolConflicts(args)];
}

function regionConflicts({ region }: Args): Problem[] {
  return region !== undefined && /^(cn|us-gov|us-iso)/.test(region)
    ? [problem("region", `${region} is outside AWS's commercial partition; the platform's names of resources are not`)]
    : [];
}

/** What nodes join and pull images by. */
const JOINED_BY: readonly InterfaceEndpoint[] = ["ecr.api", "ecr.dkr", "ec2", "sts", "eks", "eks-auth", "autoscaling"];

/** Endpoints that nodes need where there is no NAT, and do not have. */
export const missingEndpoints = (nat: NatStrategy, endpoints: readonly InterfaceEndpoint[]): InterfaceEndpoint[] =>
  nat === "none" ? JOINED_BY.filter((service) => !endpoints.includes(service)) : [];

function endpointConflicts({ nat, endpoints = [] }: Args): Problem[] {
  const missing = nat === undefined ? [] : missingEndpoints(nat, endpoints);
  return [
    ...(new Set(endpoints).size < endpoints.length ? [problem("endpoints", "names a service twice")] : []),
    ...(missing.length > 0
      ? [problem("endpoints", `must have ${missing.join(", ")} (or be all) where nat is none: nodes could not join`)]
      : []),
  ];
}

/** Addresses that no public endpoint is ever called from. */
const PRIVATE: readonly string[] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

function addressConflicts({ vpcCidr, access }: Args): Problem[] {
  const named = access?.from === "allow-list" ? access.cidrs : [];
  return [
    ...(vpcCidr !== undefined && IPV4.test(vpcCidr) && overlap(vpcCidr, SERVICE_CIDR)
      ? [problem("vpcCidr", `${vpcCidr} overlaps ${SERVICE_CIDR}, where Services have their addresses`)]
      : []),
    ...(access?.from === "allow-list" && named.length === 0 ? [problem("access.cidrs", "lets nobody in")] : []),
    // Whether everybody may call is a policy's question, and gets a policy's answer.
    ...named
      .filter((cidr) => !cidr.endsWith("/0") && PRIVATE.some((block) => overlap(block, cidr)))
      .map((cidr) =>
        problem(
          "access.cidrs",
          `${cidr} is private: EKS refuses it on the public endpoint; from within it is {from: vpc-runner}`,
        ),
      ),
  ];
}

const IPV4 = /^(\d{1,3}\.){3}\d{1,3}\/\d{1,2}$/;

function poolConflicts({ pools, zones = [] }: Args): Problem[] {
  if (pools === undefined) return [];
  return [
    ...(pools.system.min === 0
      ? [problem("pools.system", "min must be above 0: what scales the other pools must run somewhere")]
      : []),
    ...POOLS.flatMap((pool: NodePool & { name: keyof typeof pools }) => {
      const { max, warm } = pools[pool.name] ?? { max: 0, warm: undefined };
      if (warm === undefined) return [];
      if (pool.capacity === "spot") {
        return [
          problem(`pools.${pool.name}.warm`, "spot machines cannot be kept warm: Auto Scaling allows on-demand only"),
        ];
      }
      // A zone that gets no node gets no group; of the others the smallest decides.
      const share = Math.max(1, Math.floor(max / Math.max(1, zones.length)));
      return warm.min > share
        ? [problem(`pools.${pool.name}.warm`, `${warm.min} warm machines are more than the ${share} nodes of a zone`)]
        : [];
    }),
  ];
}
