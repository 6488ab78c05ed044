import { describe, expect, test } from "vitest";
import { packSchemas, unpackSchemas } from "../../../local/provider/kubernetes/packing.ts";
import { type PropertyMap, Secret, UNKNOWN } from "../../../local/provider/protocol/values.ts";
import { Declarations } from "../../../local/provider/standin/declarations.ts";
import { ANSWERS } from "../../../local/provider/standin/functions.ts";
import { argumentErrors } from "../../../local/provider/standin/shape.ts";

const errors = (packageName: string, token: string, args: PropertyMap) => {
  const declarations = new Declarations(packageName);
  return argumentErrors(args, declarations.resourceType(token)?.args ?? {}, declarations.lookup).map(
    ({ property, reason }) => `${property}: ${reason}`,
  );
};

describe("what the stand-in knows", () => {
  test.each([
    ["aws", "aws:ec2/vpc:Vpc"],
    ["vault", "vault:index/mount:Mount"],
    ["kubernetes", "kubernetes:core/v1:ConfigMap"],
    ["kubernetes", "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole"],
    ["kubernetes", "kubernetes:helm.sh/v3:Release"],
  ])("%s declares %s", (packageName, token) => {
    expect(Object.keys(new Declarations(packageName).resourceType(token)?.args ?? {})).not.toEqual([]);
  });

  test("nothing about a type that is not there", () => {
    expect(new Declarations("aws").resourceType("aws:ec2/vpcc:Vpcc")).toBeUndefined();
  });

  test("mistakes deep inside an argument are named with their path", () => {
    const nodeGroup = {
      clusterName: "c",
      nodeRoleArn: "r",
      subnetIds: ["a", { b: 1 }],
      scalingConfig: { minSize: "x", maxSize: 2, desiredSize: 1 },
      taints: [{ effect: "E", keyy: "k" }],
    };
    expect(errors("aws", "aws:eks/nodeGroup:NodeGroup", nodeGroup)).toEqual([
      "subnetIds[1]: expected a string, got an object",
      'scalingConfig.minSize: expected a number, got "x"',
      'taints[0].keyy: unknown argument; did you mean "key"?',
      "taints[0].key: this argument is required",
    ]);
  });

  test("secrets are looked into and unknown values passed over", () => {
    expect(
      errors("aws", "aws:ec2/subnet:Subnet", {
        vpcId: UNKNOWN,
        cidrBlock: new Secret("10.0.0.0/24"),
        tags: { a: new Secret(UNKNOWN) },
      }),
    ).toEqual([]);
    expect(errors("aws", "aws:ec2/subnet:Subnet", { vpcId: new Secret([1]) })).toEqual([
      "vpcId: expected a string, got a list",
    ]);
  });

  test("one of several forms is enough", () => {
    expect(errors("aws", "aws:iam/role:Role", { assumeRolePolicy: "{}" })).toEqual([]);
    expect(errors("kubernetes", "kubernetes:core/v1:ConfigMap", { apiVersion: "v2" })).toEqual([
      'apiVersion: expected "v1", got "v2"',
    ]);
  });
});

describe("answers of functions", () => {
  test("a policy document is composed as AWS writes it", () => {
    const statements = [
      {
        actions: ["s3:GetObject"],
        resources: ["a", "b"],
        principals: [{ type: "Service", identifiers: ["eks.amazonaws.com"] }],
      },
    ];
    const { json } =
      ANSWERS["aws:iam/getPolicyDocument:getPolicyDocument"]?.({ args: { statements }, config: {} }) ?? {};
    expect(JSON.parse(String(json))).toEqual({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Principal: { Service: "eks.amazonaws.com" }, Action: "s3:GetObject", Resource: ["a", "b"] },
      ],
    });
  });

  test("zones are of the provider's region", () => {
    expect(
      ANSWERS["aws:index/getAvailabilityZones:getAvailabilityZones"]?.({ args: {}, config: { region: "eu-west-1" } })
        .names,
    ).toEqual(["eu-west-1a", "eu-west-1b", "eu-west-1c"]);
  });
});

describe("packed definitions", () => {
  const properties = Object.fromEntries(
    Array.from({ length: 300 }, (_, index) => [`field${index}`, { type: "string" }]),
  );
  const crd = (schema: PropertyMap): PropertyMap => ({
    kind: "CustomResourceDefinition",
    spec: { versions: [{ name: "v1", schema }] },
  });

  test("are small, come back as they were, and are packed once", () => {
    const definition = crd({ openAPIV3Schema: { type: "object", properties } });
    const packed = packSchemas(definition);
    expect(JSON.stringify(packed).length).toBeLessThan(JSON.stringify(definition).length / 5);
    expect(unpackSchemas(packed)).toEqual(definition);
    expect(packSchemas(packed)).toEqual(packed);
  });

  test("a short schema and any other object stay readable", () => {
    const short = crd({ openAPIV3Schema: { type: "object" } });
    expect(packSchemas(short)).toEqual(short);
    const other = { kind: "ConfigMap", data: { schema: "x".repeat(10_000) } };
    expect(packSchemas(other)).toBe(other);
  });
});
