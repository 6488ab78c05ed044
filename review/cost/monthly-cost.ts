import type { PlannedState } from "../../local/engine/plan.ts";
import { isRecord, valueAt } from "../change/property-paths.ts";
import { PRICES } from "./prices.ts";

/** What a resource costs by standing there; `undefined` with the reason where nobody can say. */
export type MonthlyCost = { readonly usd: number } | { readonly unknown: string };

const FREE: MonthlyCost = { usd: 0 };
const unknown = (why: string): MonthlyCost => ({ unknown: why });
const hourly = (usd: number): MonthlyCost => ({ usd: usd * PRICES.hoursPerMonth });

type Price = (state: PlannedState, stack: ReadonlyMap<string, PlannedState>) => MonthlyCost;

/** What costs by the hour, by the GiB, or by what is done with it. Other types are looked up in `FREE_TYPES`. */
const PRICED: Readonly<Record<string, Price>> = {
  "aws:eks/cluster:Cluster": () => hourly(PRICES.eksCluster),
  "aws:ec2/natGateway:NatGateway": () => hourly(PRICES.natGateway),
  "aws:ec2/eip:Eip": () => hourly(PRICES.publicAddress),
  "aws:ec2/vpcEndpoint:VpcEndpoint": endpoint,
  "aws:eks/nodeGroup:NodeGroup": nodeGroup,
  "aws:rds/instance:Instance": database,
  "aws:kms/key:Key": () => ({ usd: PRICES.kmsKey }),
  "aws:ebs/volume:Volume": ({ inputs: { type, size } }) =>
    type === "gp3" && typeof size === "number" ? { usd: size * PRICES.gp3PerGib } : unknown("no price for such a disk"),
  "aws:s3/bucket:Bucket": () => unknown("by what is kept"),
  "aws:cloudwatch/logGroup:LogGroup": () => unknown("by what is written"),
  "aws:ec2/flowLog:FlowLog": () => unknown("by what is written"),
  "kubernetes:core/v1:PersistentVolumeClaim": ({ inputs }) => volume(valueAt(inputs, "spec")),
  "kubernetes:core/v1:Service": ({ inputs }) =>
    valueAt(inputs, "spec", "type") === "LoadBalancer" ? hourly(PRICES.loadBalancer) : FREE,
  "kubernetes:helm.sh/v3:Release": () => unknown("disks and load balancers of a chart"),
};

/** What AWS asks nothing for: its parts of networks, rights and settings. */
const FREE_TYPES: readonly RegExp[] = [
  /^(orch|pulumi|random|vault):/,
  /^aws:(iam|autoscaling)\//,
  /^aws:ec2\/(vpc|subnet|route|routeTable|routeTableAssociation|internetGateway|launchTemplate|securityGroup\w*|defaultSecurityGroup):/,
  /^aws:vpc\/securityGroup\w+:/,
  /^aws:eks\/(accessEntry|accessPolicyAssociation|addon|podIdentityAssociation):/,
  /^aws:kms\/(alias|keyPolicy):/,
  /^aws:rds\/(subnetGroup|parameterGroup):/,
  /^aws:s3\/bucket[A-Z]\w*:/,
];

/**
 * The monthly cost of a resource at list prices, without what runs on it.
 *
 * @param stack all resources of the same stack by URN: a node's disk is in its launch template
 */
export function monthlyCost(state: PlannedState, stack: ReadonlyMap<string, PlannedState>): MonthlyCost {
  const priced = PRICED[state.type];
  if (priced !== undefined) return priced(state, stack);
  if (FREE_TYPES.some((pattern) => pattern.test(state.type))) return FREE;
  if (!state.type.startsWith("kubernetes:")) return unknown("no price for this type");
  // Objects take room on nodes, which are counted as nodes; disks are their own.
  return holdsVolumes(state.inputs) ? unknown("disks of its servers") : FREE;
}

function endpoint({ inputs }: PlannedState): MonthlyCost {
  if (inputs.vpcEndpointType !== "Interface") return FREE;
  return Array.isArray(inputs.subnetIds)
    ? hourly(PRICES.interfaceEndpoint * inputs.subnetIds.length)
    : unknown("its zones are not known before the update");
}

/** What always stands: the minimum. What the autoscaler adds comes and goes with the work. */
function nodeGroup(
  { inputs, propertyDependencies }: PlannedState,
  stack: ReadonlyMap<string, PlannedState>,
): MonthlyCost {
  const nodes = valueAt(inputs, "scalingConfig", "minSize");
  const waiting = valueAt(inputs, "warmPoolConfig", "minSize") ?? 0;
  if (typeof nodes !== "number" || typeof waiting !== "number")
    return unknown("its size is not known before the update");
  if (nodes + waiting === 0) return FREE;
  if (inputs.capacityType === "SPOT") return unknown("spot prices move");
  const instanceType = String(valueAt(inputs, "instanceTypes", 0));
  const instance = PRICES.instances[instanceType];
  if (instance === undefined) return unknown(`no price for ${instanceType}`);
  const template = stack.get(propertyDependencies?.launchTemplate?.[0] ?? "");
  const gib =
    valueAt(template?.inputs, "blockDeviceMappings", 0, "ebs", "volumeSize") ?? inputs.diskSize ?? DEFAULT_DISK_GIB;
  if (typeof gib !== "number") return unknown("its disk is not known before the update");
  const running = valueAt(inputs, "warmPoolConfig", "poolState") === "RUNNING" ? nodes + waiting : nodes;
  return { usd: running * instance * PRICES.hoursPerMonth + (nodes + waiting) * gib * PRICES.gp3PerGib };
}

/** GiB that EKS gives a node where nothing is said. */
const DEFAULT_DISK_GIB = 20;

function database({ inputs }: PlannedState): MonthlyCost {
  const { instanceClass, allocatedStorage, multiAz } = inputs;
  const price = PRICES.databasesMultiAz[String(instanceClass)];
  if (price === undefined) return unknown(`no price for ${String(instanceClass)}`);
  if (typeof allocatedStorage !== "number") return unknown("its size is not known before the update");
  const withStandby = price * PRICES.hoursPerMonth + allocatedStorage * PRICES.databaseGp3MultiAzPerGib;
  return { usd: multiAz === true ? withStandby : withStandby / 2 };
}

function volume(spec: unknown): MonthlyCost {
  const size = valueAt(spec, "resources", "requests", "storage");
  const [, amount, unit] = /^(\d+)(Gi|Ti)$/.exec(String(size)) ?? [];
  if (amount === undefined) return unknown("its size is not known before the update");
  return { usd: Number(amount) * (unit === "Ti" ? 1024 : 1) * PRICES.gp3PerGib };
}

function holdsVolumes(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsVolumes);
  if (!isRecord(value)) return false;
  return Object.entries(value).some(([key, inner]) => /^volumeClaimTemplates?$/.test(key) || holdsVolumes(inner));
}
