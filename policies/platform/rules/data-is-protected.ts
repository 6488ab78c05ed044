import { z } from "zod";
import { knownAt, type Props } from "../../verdict/known.ts";
import { kindOf, type Resource } from "../../verdict/resource.ts";
import { resourceRule } from "../../verdict/rule.ts";

/** Kinds that hold data, or the keys to it; and what else they can be told, so that nobody deletes them past Pulumi. */
const HOLDS_DATA: Readonly<Record<string, (props: Props) => readonly string[]>> = {
  "aws:eks/Cluster": (props) => unless(props, "deletionProtection", true),
  "aws:rds/Instance": (props) => [
    ...unless(props, "deletionProtection", true),
    ...(knownAt(props, "skipFinalSnapshot") === true ? ["would be deleted without a last snapshot"] : []),
  ],
  "aws:rds/Cluster": (props) => unless(props, "deletionProtection", true),
  "aws:s3/Bucket": (props) =>
    knownAt(props, "forceDestroy") === true ? ["would be deleted with everything in it (forceDestroy)"] : [],
  "aws:kms/Key": () => [],
  "aws:efs/FileSystem": () => [],
  "kubernetes:clickhouse.altinity.com/ClickHouseInstallation": () => [],
  "kubernetes:clickhouse-keeper.altinity.com/ClickHouseKeeperInstallation": () => [],
  "kubernetes:cluster.redpanda.com/Topic": () => [],
  "kubernetes:postgresql.cnpg.io/Cluster": () => [],
  "vault:index/Mount": () => [],
};

export const dataIsProtected = resourceRule({
  name: "data-is-protected",
  description: "What holds data, or the keys to it, cannot be deleted by an update.",
  why: "a name that changes in a program replaces the resource; without protection the data is gone before anybody has read the preview.",
  fix: "set `protect: true` in the stack's configuration, which sets the resource option and the deletion protection of AWS. To delete it on purpose, lift it in a change of its own.",
  settings: z.strictObject({
    /** Names of resources in the stack that hold nothing worth keeping. Default: none. */
    exempt: z.array(z.string()).default([]),
  }),
  applies: (resource: Resource) => kindOf(resource) in HOLDS_DATA,
  check: (resource, { exempt }) =>
    exempt.includes(resource.name)
      ? []
      : [
          ...(resource.protect === true
            ? []
            : ["holds data and is not protected: its resource option protect is not set"]),
          ...(HOLDS_DATA[kindOf(resource)]?.(resource.props) ?? []),
        ],
});

const unless = (props: Props, field: string, wanted: unknown): string[] =>
  knownAt(props, field) === wanted ? [] : [`can be deleted past Pulumi: ${field} is not ${String(wanted)}`];
