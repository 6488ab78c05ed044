import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseConfig } from "../../../stacks/platform/config.ts";
import { ownKeys } from "../../../stacks/platform/keys.ts";
import { UserError } from "../../../submission/spec/user-error.ts";

type Raw = Record<string, unknown>;

function stackFile(stack: string): Raw {
  const file: { config: Raw } = parse(readFileSync(new URL(`../../../Pulumi.${stack}.yaml`, import.meta.url), "utf8"));
  return ownKeys(file.config);
}

const dev = stackFile("dev");
const part = (raw: Raw, key: string) => raw[key] as Raw;
const withPart = (key: string, change: Raw): Raw => ({ ...dev, [key]: { ...part(dev, key), ...change } });

function mistakes(raw: Raw): string {
  try {
    parseConfig(raw);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return "accepted";
}

describe("a cluster of the stack's own", () => {
  test.each<[string, Raw, string]>([
    [
      "a version whose add-ons are not pinned",
      { version: "1.29" },
      "cluster.version  must be a minor version whose add-ons are pinned: 1.35",
    ],
    [
      "no account",
      { account: undefined },
      "cluster.account  must be the number of the AWS account, 12 digits in quotes",
    ],
    [
      "no NAT and no endpoints",
      { nat: "none" },
      "cluster.endpoints  must have ecr.api, ecr.dkr, ec2, sts, eks, eks-auth, autoscaling (or be all) where nat is none",
    ],
    ["an endpoint twice", { endpoints: ["sts", "sts"] }, "cluster.endpoints  names a service twice"],
    [
      "a network where Services are",
      { vpcCidr: "172.20.0.0/16" },
      "cluster.vpcCidr  172.20.0.0/16 overlaps 172.20.0.0/16",
    ],
    [
      "private addresses on the public endpoint",
      { access: { from: "allow-list", cidrs: ["10.1.0.0/24", "203.0.113.0/24"] } },
      "cluster.access.cidrs  10.1.0.0/24 is private",
    ],
    [
      "a retention that CloudWatch does not know",
      { flowLogs: { retentionDays: 100 } },
      "cluster.flowLogs.retentionDays  must be one of 1, 3, 5",
    ],
    ["an allow-list of nobody", { access: { from: "allow-list", cidrs: [] } }, "cluster.access.cidrs"],
    ["the addresses of before", { publicAccessCidrs: [] }, "cluster  no such field: publicAccessCidrs"],
  ])("%s is refused", (_, change, reason) => {
    expect(mistakes(withPart("cluster", change))).toContain(`orchestration-layer:${reason}`);
  });

  test("without NAT it is right with all endpoints", () => {
    expect(mistakes(withPart("cluster", { nat: "none", endpoints: "all" }))).toBe("accepted");
  });

  test("who says nothing gets no public endpoint", () => {
    const { access: _, ...cluster } = part(dev, "cluster");
    expect(parseConfig({ ...dev, cluster }).cluster).toMatchObject({ access: { from: "vpc-runner" } });
  });

  test("a region outside the commercial partition is refused", () => {
    const zones = ["cn-north-1a", "cn-north-1b"];
    const storage = { uri: "s3://artifacts" };
    expect(mistakes({ ...dev, region: "cn-north-1", zones, storage })).toContain("region  cn-north-1 is outside");
  });

  test("several things that do not fit are named together", () => {
    const message = mistakes({
      ...withPart("cluster", { nat: "none", vpcCidr: "172.20.0.0/16" }),
      storage: { uri: "s3://artifacts/dev" },
    });
    for (const key of ["cluster.endpoints", "cluster.vpcCidr", "storage.uri"]) {
      expect(message).toContain(`orchestration-layer:${key}  `);
    }
  });
});

describe("scaling", () => {
  test("an autoscaler scales groups of a cluster that the stack makes, and of no other", () => {
    const cluster = { kind: "kubeconfig", apiServer: { cidrs: ["10.0.0.1/32"], ports: [6443] } };
    expect(mistakes({ ...dev, cluster, balloons: {} })).toContain(
      "systems.cluster-autoscaler  scales the node groups of a cluster of kind eks; on kubeconfig it must be off",
    );
  });

  test("without system nodes there is nothing to scale with", () => {
    expect(mistakes(withPart("pools", { system: { min: 0, max: 4 } }))).toContain("pools.system  min must be above 0");
  });

  test("spot cannot be kept warm", () => {
    const message = mistakes(withPart("pools", { cpu_spot: { max: 8, warm: { min: 1 } } }));
    expect(message).toContain("pools.cpu_spot.warm  spot machines cannot be kept warm");
    expect(mistakes(withPart("pools", { cpu: { max: 4, warm: { min: 1 } } }))).toBe("accepted");
  });

  test("simulated nodes are not kept warm", () => {
    const local = stackFile("local");
    const pools = { ...part(local, "pools"), cpu: { min: 1, max: 4, warm: { min: 1 } } };
    expect(mistakes({ ...local, pools })).toContain("pools.cpu.warm  only a cluster of kind eks has warm machines");
  });
});

describe("balloons", () => {
  const balloons = (balloons: Raw) => mistakes({ ...dev, balloons });

  test("one that fits is accepted", () => {
    expect(balloons({ cpu: { pods: 2, cpu: 8, memory: 32 } })).toBe("accepted");
  });

  test.each<[string, Raw, string]>([
    ["larger than a node", { cpu: { pods: 1, cpu: 64, memory: 32 } }, "balloons.cpu  a pod of 64 cores"],
    [
      "more than the pool may have nodes for",
      { cpu: { pods: 100, cpu: 16, memory: 32 } },
      "balloons.cpu  100 pods do not fit into the 4 nodes that cpu may have: 1 to a node",
    ],
    ["a GPU where there is none", { cpu: { pods: 1, cpu: 1, memory: 1, gpu: 1 } }, "balloons.cpu  a pod of 1 cores"],
    ["none of the GPUs it is there for", { gpu: { pods: 1, cpu: 8, memory: 32 } }, "balloons.gpu  a pod without a GPU"],
    ["a pool of the platform's own", { system: { pods: 1, cpu: 1, memory: 1 } }, "balloons"],
  ])("%s is refused", (_, sizes, reason) => {
    expect(balloons(sizes)).toContain(`orchestration-layer:${reason}`);
  });

  test("room without an autoscaler is refused", () => {
    const systems = { ...part(dev, "systems"), "cluster-autoscaler": "off" };
    expect(mistakes({ ...dev, systems, balloons: { cpu: { pods: 1, cpu: 8, memory: 32 } } })).toContain(
      "balloons  keep room free for nothing where no autoscaler adds nodes",
    );
  });

  test.each(["registry.k8s.io/pause:3.10.1", `mirror.example.com:5000/pause@sha256:${"0".repeat(64)}`])(
    "the image %s is right",
    (balloonImage) => {
      expect(mistakes({ ...dev, balloonImage })).toBe("accepted");
    },
  );
});

describe("buckets that the stack makes", () => {
  test.each([
    ["s3://artifacts/dev", "must be a whole bucket (s3://artifacts)"],
    ["s3://artifacts.example.com", "artifacts.example.com must be at most 54 of a-z, 0-9 and - (no dots)"],
    [`s3://${"a".repeat(60)}`, "must be at most 54"],
  ])("%s is no bucket of ours", (uri, reason) => {
    expect(mistakes(withPart("storage", { uri }))).toContain(`orchestration-layer:storage.uri  `);
    expect(mistakes(withPart("storage", { uri }))).toContain(reason);
  });

  test("a prefix is right where the bucket is brought along", () => {
    expect(mistakes({ ...stackFile("local"), storage: { uri: "s3://artifacts/dev" } })).toBe("accepted");
  });

  test("infrequent access takes no object younger than 30 days", () => {
    expect(mistakes({ ...dev, artifacts: { transition: { days: 7, to: "STANDARD_IA" } } })).toContain(
      "artifacts.transition  STANDARD_IA takes objects after 30 days, not 7",
    );
  });
});
