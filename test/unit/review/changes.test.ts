import { describe, expect, test } from "vitest";
import type { PlannedStep } from "../../../local/engine/plan.ts";
import { type Changes, compared, plannedChanges } from "../../../review/change/changes.ts";
import { declaredAt } from "../../../review/change/position.ts";
import { state } from "./planned.ts";

const short = ({ resources }: Changes) =>
  resources.map(({ kind, name, properties, protect }) =>
    [kind, name, ...properties, ...(protect ? ["protected"] : [])].join(" "),
  );

const key = state("aws:kms/key:Key", "secrets", { inputs: { enableKeyRotation: true } });
const database = state("aws:rds/instance:Instance", "registry", {
  inputs: { instanceClass: "db.m7g.large", username: "postgres_admin" },
  protect: true,
});

describe("two previews of a stack", () => {
  test("differ in what one has and the other has not, and in properties by their paths", () => {
    const bigger = { ...database, inputs: { ...database.inputs, instanceClass: "db.m7g.xlarge" } };
    const changes = compared([key, database], [bigger, state("aws:s3/bucket:Bucket", "new")]);
    expect(short(changes)).toEqual(["destroyed secrets", "changed registry instanceClass protected", "added new"]);
    expect(changes.same).toBe(0);
  });

  test("are the same where nothing differs, whatever the order", () => {
    expect(compared([key, database], [database, key])).toEqual({ resources: [], same: 2 });
  });

  test.each([
    ["aws:rds/instance:Instance", { username: "a" }, { username: "b" }, "replaced"],
    ["aws:rds/instance:Instance", { multiAz: false }, { multiAz: true }, "changed"],
    ["kubernetes:apps/v1:StatefulSet", { spec: { serviceName: "a" } }, { spec: { serviceName: "b" } }, "replaced"],
    ["kubernetes:apps/v1:StatefulSet", { spec: { replicas: 1 } }, { spec: { replicas: 2 } }, "changed"],
    ["kubernetes:core/v1:ConfigMap", { metadata: { name: "a" } }, { metadata: { name: "b" } }, "replaced"],
    ["kubernetes:core/v1:ConfigMap", { data: { a: "1" } }, { data: { a: "2" } }, "changed"],
  ])("%s: from %o to %o it is %3$s", (type, before, after, kind) => {
    const { resources } = compared([state(type, "one", { inputs: before })], [state(type, "one", { inputs: after })]);
    expect(resources.map((change) => change.kind)).toEqual([kind]);
  });

  test("a resource that moved is the same one when it says where it was", () => {
    const moved = state("aws:kms/key:Key", "moved", { inputs: key.inputs, aliases: [key.urn] });
    expect(compared([key], [moved])).toEqual({ resources: [], same: 1 });
    expect(short(compared([key], [{ ...moved, aliases: [] }]))).toEqual(["destroyed secrets", "added moved"]);
  });

  test("a protection that is lifted is a change of its own", () => {
    expect(short(compared([database], [{ ...database, protect: false }]))).toEqual([
      "changed registry protect protected",
    ]);
  });
});

describe("the engine's steps", () => {
  const step = (op: string, more: Partial<PlannedStep> = {}): PlannedStep => ({
    ...{ op, urn: database.urn, oldState: database, newState: database },
    ...more,
  });

  test("of one replacement are one change, with what causes it", () => {
    const changes = plannedChanges([
      step("create-replacement", { replaceReasons: ["username"] }),
      step("replace", { replaceReasons: ["username"] }),
      step("delete-replaced", { newState: undefined }),
    ]);
    expect(short(changes)).toEqual(["replaced registry username protected"]);
  });

  test("say what changes, is destroyed, is made and stays", () => {
    const other = (name: string) => state("aws:kms/key:Key", name);
    const changes = plannedChanges([
      step("update", { detailedDiff: { "tags.team": {} }, diffReasons: ["tags"] }),
      step("delete", { urn: key.urn, oldState: key, newState: undefined }),
      step("create", { urn: other("new").urn, oldState: undefined, newState: other("new") }),
      step("same", { urn: other("old").urn, oldState: other("old"), newState: other("old") }),
      step("create", { urn: "stack", newState: state("pulumi:pulumi:Stack", "prod") }),
    ]);
    expect(short(changes)).toEqual(["destroyed secrets", "changed registry tags.team protected", "added new"]);
    expect(changes.same).toBe(1);
  });
});

test("a resource is declared where the checkout's own code calls for it, not where the SDK does", () => {
  const frames = [
    { sourcePosition: "project:///../../node_modules/@pulumi/resource.ts#1687,22" },
    {},
    { sourcePosition: "project:///stacks/platform/file:/checkout/components/cluster/eks.ts#85,32" },
    { sourcePosition: "project:///stacks/platform/file:/checkout/node_modules/x/index.ts#1,1" },
    { sourcePosition: "project:///stacks/platform/file:/elsewhere/secret.ts#1,1" },
    { sourcePosition: "project:///stacks/platform/file:/checkout/stacks/platform/cluster.ts#11,14" },
  ];
  expect(declaredAt(frames, "/checkout")).toEqual([
    { path: "components/cluster/eks.ts", lines: "85" },
    { path: "stacks/platform/cluster.ts", lines: "11" },
  ]);
});
