import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compared } from "../../../review/change/changes.ts";
import { costDifference } from "../../../review/cost/difference.ts";
import { PRICES } from "../../../review/cost/prices.ts";
import { renderCost } from "../../../review/summary/cost.ts";
import { markdown } from "../../../review/summary/markdown.ts";
import { state } from "./planned.ts";

type States = Parameters<typeof compared>[0];
const difference = (before: States, after: States) => costDifference(compared(before, after).resources, before, after);
const shown = (before: States, after: States) => renderCost(difference(before, after), markdown(String));

const template = state("aws:ec2/launchTemplate:LaunchTemplate", "nodes", {
  inputs: { blockDeviceMappings: [{ ebs: { volumeSize: 100, volumeType: "gp3" } }] },
});
const nodes = (minSize: number, more: object = {}) =>
  state("aws:eks/nodeGroup:NodeGroup", "cpu-a", {
    inputs: {
      ...{ scalingConfig: { minSize, maxSize: 10 }, capacityType: "ON_DEMAND", instanceTypes: ["m6i.8xlarge"] },
      ...more,
    },
    propertyDependencies: { launchTemplate: [template.urn] },
  });

describe("what a change costs a month", () => {
  test.each([
    [
      "a NAT gateway with its address",
      [state("aws:ec2/natGateway:NatGateway", "a"), state("aws:ec2/eip:Eip", "a")],
      36.5,
    ],
    ["an EKS cluster", [state("aws:eks/cluster:Cluster", "a")], 73],
    ["a node with its disk", [template, nodes(1)], 1129.28],
    ["nodes that only come when there is work", [template, nodes(0)], 0],
    ["two that wait stopped", [template, nodes(0, { warmPoolConfig: { minSize: 2, poolState: "STOPPED" } })], 16],
    [
      "an endpoint in three zones",
      [
        state("aws:ec2/vpcEndpoint:VpcEndpoint", "a", {
          inputs: { vpcEndpointType: "Interface", subnetIds: ["?", "?", "?"] },
        }),
      ],
      21.9,
    ],
    [
      "the endpoint of S3",
      [state("aws:ec2/vpcEndpoint:VpcEndpoint", "a", { inputs: { vpcEndpointType: "Gateway" } })],
      0,
    ],
    [
      "a database with a standby",
      [
        state("aws:rds/instance:Instance", "a", {
          inputs: { instanceClass: "db.m7g.large", allocatedStorage: 100, multiAz: true },
        }),
      ],
      269.01,
    ],
    ["a key", [state("aws:kms/key:Key", "a")], 1],
    [
      "a disk of a server",
      [
        state("kubernetes:core/v1:PersistentVolumeClaim", "a", {
          inputs: { spec: { resources: { requests: { storage: "100Gi" } } } },
        }),
      ],
      8,
    ],
  ])("%s: %2$d", (_, made, usd) => {
    expect(difference([], made)).toMatchObject({ usd, unknown: [] });
    expect(difference(made, []).usd).toBe(usd === 0 ? 0 : -usd);
  });

  test("is only that of what changes", () => {
    expect(difference([template, nodes(1)], [template, nodes(3)]).usd).toBe(2258.56);
    expect(difference([nodes(1)], [nodes(1)])).toEqual({ usd: 0, items: [], unknown: [] });
  });

  test.each([
    ["spot", nodes(2, { capacityType: "SPOT" }), "spot prices move"],
    ["a machine without a price", nodes(1, { instanceTypes: ["p5.48xlarge"] }), "no price for p5.48xlarge"],
    ["a chart", state("kubernetes:helm.sh/v3:Release", "loki"), "disks and load balancers of a chart"],
    ["what is paid by use", state("aws:s3/bucket:Bucket", "a"), "by what is kept"],
    ["a type nobody priced", state("aws:msk/cluster:Cluster", "a"), "no price for this type"],
    [
      "disks that an operator makes",
      state("kubernetes:x.io/v1:Store", "a", { inputs: { spec: { templates: { volumeClaimTemplates: [] } } } }),
      "disks of its servers",
    ],
  ])("%s is said to be unknown, not to be nothing", (_, made, why) => {
    expect(difference([], [made])).toMatchObject({ usd: 0, unknown: [{ why }] });
    expect(shown([], [made])).toContain("no difference that is known");
    expect(shown([], [made])).toContain(why);
  });

  test("is shown with its sign, the largest part first", () => {
    const text = shown([template, nodes(1)], [template, state("aws:kms/key:Key", "new")]);
    expect(text).toContain("**-USD 1,128.28**");
    expect(text).toContain("`NodeGroup cpu-a` -USD 1,129.28, `Key new` +USD 1.00.");
  });
});

test("the prices are those that README.md adds up", () => {
  const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
  expect(readme).toContain(`list prices of ${PRICES.region} (${PRICES.asOf})`);
  for (const row of [
    `| EKS control plane | ${PRICES.eksCluster.toFixed(2)} an hour |`,
    `| NAT gateways, each with an address | ${PRICES.natGateway} + ${PRICES.publicAddress} an hour |`,
    `| interface endpoints | ${PRICES.interfaceEndpoint} an hour and zone |`,
    `m6i.xlarge and 100 GiB of gp3 | ${PRICES.instances["m6i.xlarge"]} an hour + ${100 * PRICES.gp3PerGib} |`,
    `m6i.8xlarge and 100 GiB of gp3 | ${PRICES.instances["m6i.8xlarge"]} an hour + ${100 * PRICES.gp3PerGib} |`,
    `g5.12xlarge and its disk | ${PRICES.instances["g5.12xlarge"]} an hour + ${100 * PRICES.gp3PerGib} |`,
    `db.m7g.large with a standby, 100 GiB | ${PRICES.databasesMultiAz["db.m7g.large"]} an hour, ${PRICES.databaseGp3MultiAzPerGib} a GiB |`,
    `| volumes of the systems, gp3 | ${PRICES.gp3PerGib} a GiB |`,
    `| Harbor's load balancer | ${PRICES.loadBalancer} an hour and use |`,
    `| KMS keys | ${PRICES.kmsKey} each |`,
  ])
    expect(readme).toContain(row);
});
