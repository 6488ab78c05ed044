import { describe, expect, test } from "vitest";
import { ADD_ON_VERSIONS, planAddOns } from "../../../components/cluster/add-ons.ts";
import { planBucketPermissions } from "../../../components/cluster/bucket.ts";
import { planAutoscalerPermissions } from "../../../components/cluster/cluster-autoscaler.ts";
import { planFlowLogRole } from "../../../components/cluster/flow-logs.ts";
import { awsEgress, planPodTrust } from "../../../components/cluster/identity.ts";
import { planLogKeyPolicy } from "../../../components/cluster/log-key.ts";
import { type Permission, planPolicy } from "../../../components/cluster/permissions.ts";
import { NODE_POLICIES } from "../../../components/cluster/service-role.ts";

const account = "222222222222";
const region = "us-east-1";

describe("rights that a role is given", () => {
  const bucket = "arn:aws:s3:::artifacts/*";

  test.each<[string, Permission, string]>([
    ["everything", { actions: ["*"], resources: [bucket] }, "* is no action: write service:Action"],
    ["everything of a service", { actions: ["s3:*"], resources: [bucket] }, "s3:* is every action of s3"],
    [
      "a wildcard on every resource",
      { actions: ["ec2:Describe*"], resources: ["*"] },
      "ec2:Describe* is a wildcard on every resource",
    ],
    [
      "a write to every resource",
      { actions: ["ec2:CreateVolume"], resources: ["*"] },
      "ec2:CreateVolume is allowed on every resource",
    ],
    [
      "reading everybody's secrets",
      { actions: ["secretsmanager:GetSecretValue"], resources: ["*"] },
      "secretsmanager:GetSecretValue is allowed on every resource",
    ],
    [
      "every bucket, by another name",
      { actions: ["s3:GetObject"], resources: ["arn:aws:s3:::*"] },
      "s3:GetObject is allowed on every resource",
    ],
  ])("%s is refused", (_, permission, reason) => {
    expect(() => planPolicy([permission], "The role loki")).toThrow(`The role loki allows too much:\n  ${reason}`);
  });

  test("all that is too wide is named at once, and nothing that is right", () => {
    const message = (() => {
      try {
        planPolicy([
          { actions: ["s3:GetObject", "s3:*"], resources: [bucket] },
          { actions: ["ec2:DescribeInstances", "ec2:RunInstances"], resources: ["*"] },
        ]);
      } catch (error) {
        return error instanceof Error ? error.message : "";
      }
    })();
    expect(message?.split("\n").slice(1)).toEqual([
      "  s3:* is every action of s3: list those that are needed",
      "  ec2:RunInstances is allowed on every resource: name the resources, or add a condition",
    ]);
  });

  test("a condition makes a write to every resource a write to some", () => {
    const conditions = { StringEquals: { "aws:ResourceTag/team": "research" } };
    expect(planPolicy([{ actions: ["ec2:DeleteVolume"], resources: ["*"], conditions }]).Statement).toEqual([
      { Effect: "Allow", Action: ["ec2:DeleteVolume"], Resource: ["*"], Condition: conditions },
    ]);
  });

  test("the platform's own roles pass", () => {
    expect(() => {
      planPolicy(planAutoscalerPermissions("orch-prod", { account, region }));
      planPolicy(planFlowLogRole("orch-prod", { account, region }).rights);
      planPolicy(
        planBucketPermissions({ arn: "arn:aws:s3:::artifacts", keyArn: "arn:aws:kms:::key/1" }, { read: [""] }),
      );
    }).not.toThrow();
  });
});

describe("who takes a role on", () => {
  test("pods of one service account of one cluster", () => {
    const clusterArn = `arn:aws:eks:${region}:${account}:cluster/orch-prod`;
    const [statement] = planPodTrust({ aws: { clusterArn }, namespace: "vault", serviceAccount: "vault" }).Statement;
    expect(statement).toMatchObject({
      Principal: { Service: "pods.eks.amazonaws.com" },
      Condition: {
        StringEquals: {
          "aws:RequestTag/kubernetes-namespace": "vault",
          "aws:RequestTag/kubernetes-service-account": "vault",
          "aws:RequestTag/eks-cluster-arn": clusterArn,
        },
      },
    });
  });

  test("the machines can join and pull images: nothing of theirs reads an object or hands out an address", () => {
    expect(NODE_POLICIES).toEqual(["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"]);
    const withRoles = planAddOns("1.35").filter(({ identity }) => identity !== undefined);
    expect(withRoles.map(({ name, identity }) => `${name}: ${identity?.policy}`)).toEqual([
      "vpc-cni: AmazonEKS_CNI_Policy",
      "aws-ebs-csi-driver: service-role/AmazonEBSCSIDriverPolicy",
    ]);
  });

  test("CloudWatch uses the key of the logs for log groups of this account only", () => {
    const [, logs] = planLogKeyPolicy({ account, region }).Statement;
    expect(logs).toMatchObject({
      Principal: { Service: "logs.us-east-1.amazonaws.com" },
      Condition: {
        ArnLike: { "kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:us-east-1:222222222222:log-group:*" },
      },
    });
  });

  test("flow logs are written to their own group, on behalf of this account", () => {
    const { rights, trust } = planFlowLogRole("orch-prod", { account, region });
    const written = rights.filter(({ actions }) => actions.some((action) => /Put|Create/.test(action)));
    const group = "arn:aws:logs:us-east-1:222222222222:log-group:/orch/orch-prod/flow";
    expect(written.flatMap(({ resources }) => resources)).toEqual([group, `${group}:*`]);
    expect(trust.Statement[0]?.Condition.StringEquals).toEqual({ "aws:SourceAccount": account });
  });

  test("the autoscaler changes only groups that are tagged as this cluster's", () => {
    const writing = planAutoscalerPermissions("orch-prod", { account, region }).filter(({ actions }) =>
      actions.some((action) => !/:(Describe|List|Get)/.test(action)),
    );
    expect(writing).toHaveLength(1);
    expect(writing[0]?.conditions).toEqual({
      StringEquals: { "aws:ResourceTag/k8s.io/cluster-autoscaler/orch-prod": "owned" },
    });
  });
});

describe("what pods with a role may open connections to", () => {
  const vpcCidr = "10.60.0.0/16";
  const cidrs = (endpoints: Parameters<typeof awsEgress>[0]["endpoints"], services: Parameters<typeof awsEgress>[1]) =>
    awsEgress({ endpoints, vpcCidr }, services).flatMap((egress) => egress.cidrs);

  test("the agent that hands out credentials, and the network where all services they call are in it", () => {
    expect(cidrs(["kms", "sts"], ["kms"])).toEqual(["169.254.170.23/32", vpcCidr]);
  });

  test("the world for a service that has no address in the network; S3 never has", () => {
    expect(cidrs(["kms"], ["kms", "ec2"])).toEqual(["169.254.170.23/32", "0.0.0.0/0"]);
    expect(cidrs(["kms"], ["s3"])).toEqual(["169.254.170.23/32", "0.0.0.0/0"]);
  });
});

describe("add-ons", () => {
  const names = planAddOns("1.35").map(({ name }) => name);

  test("the agent comes first, and what makes a node ready before the nodes", () => {
    expect(names[0]).toBe("eks-pod-identity-agent");
    expect(
      planAddOns("1.35")
        .filter(({ afterNodes }) => !afterNodes)
        .map(({ name }) => name),
    ).toEqual(["eks-pod-identity-agent", "vpc-cni", "kube-proxy"]);
  });

  test("each is pinned, and kube-proxy at the cluster's own minor version", () => {
    for (const [minor, versions] of Object.entries(ADD_ON_VERSIONS)) {
      expect(Object.keys(versions).sort()).toEqual([...names].sort());
      for (const version of Object.values(versions)) expect(version).toMatch(/^v\d+\.\d+\.\d+-eksbuild\.\d+$/);
      expect(versions["kube-proxy"]).toMatch(new RegExp(`^v${minor.replace(".", "\\.")}\\.`));
    }
  });

  test("network policies are enforced", () => {
    expect(planAddOns("1.35").find(({ name }) => name === "vpc-cni")?.configuration).toMatchObject({
      enableNetworkPolicy: "true",
    });
  });
});
