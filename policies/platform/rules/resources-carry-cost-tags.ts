import { z } from "zod";
import { isProps, knownAt, valueAt } from "../../verdict/known.ts";
import { ofKind, type Resource } from "../../verdict/resource.ts";
import { resourceRule } from "../../verdict/rule.ts";

/** Kinds of AWS that appear on the bill and take tags. */
const COSTS = [
  "aws:cloudwatch/LogGroup",
  "aws:ebs/Volume",
  "aws:ec2/Eip",
  "aws:ec2/Instance",
  "aws:ec2/LaunchTemplate",
  "aws:ec2/NatGateway",
  "aws:ec2/VpcEndpoint",
  "aws:efs/FileSystem",
  "aws:eks/Cluster",
  "aws:eks/NodeGroup",
  "aws:kms/Key",
  "aws:lb/LoadBalancer",
  "aws:rds/Cluster",
  "aws:rds/Instance",
  "aws:s3/Bucket",
];

const settings = z.strictObject({
  /** Keys that whoever reads the bill goes by. */
  keys: z.array(z.string().min(1)).min(1).default(["orch.dev/cluster"]),
  /** Values by key, put in where a tag is missing and the level is `remediate`. */
  values: z.record(z.string(), z.string()).default({}),
});

export const resourcesCarryCostTags = resourceRule({
  name: "resources-carry-cost-tags",
  description: "What costs money says whose it is, by a tag of its own or of its provider.",
  why: "what nobody is charged for nobody switches off.",
  fix: "set defaultTags of the provider, or tags of the resource. At the level `remediate` those with a value in the settings of resources-carry-cost-tags are put in for you.",
  settings,
  applies: ofKind(...COSTS),
  check: (resource, { keys }) => {
    const missing = missingTags(resource, keys);
    return missing.length === 0 ? [] : [`has no tag ${missing.join(", ")}`];
  },
  remedy: (resource, { keys, values }) =>
    missingTags(resource, keys).flatMap((key) => {
      const value = values[key];
      return value === undefined ? [] : [{ path: ["tags", key], value }];
    }),
});

function missingTags({ props, provider }: Resource, keys: readonly string[]): string[] {
  const inherited = valueAt(defaultTags(provider?.props), "tags");
  return keys.filter((key) => knownAt(inherited, key) === undefined && knownAt(props, "tags", key) === undefined);
}

/** A provider's settings are text where they are objects. */
function defaultTags(provider: unknown): unknown {
  const given = knownAt(provider, "defaultTags");
  if (typeof given !== "string") return given;
  const parsed: unknown = JSON.parse(given);
  return isProps(parsed) ? parsed : undefined;
}
