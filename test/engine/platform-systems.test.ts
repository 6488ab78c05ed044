import { describe, expect, inject, test } from "vitest";
import { ENVIRONMENTS, firstPreview } from "./platform-preview.ts";

const AWS = "aws:";
const K8S = "kubernetes:";
const chart = (name: string) => `chart ${name}`;

/** What an environment has of each system: types of resources, some with their name in the stack, and charts. */
const SYSTEMS: Readonly<Record<string, readonly string[]>> = {
  network: [
    `${AWS}ec2/vpc:Vpc`,
    `${AWS}ec2/subnet:Subnet`,
    `${AWS}ec2/natGateway:NatGateway`,
    `${AWS}ec2/routeTable:RouteTable`,
    `${AWS}ec2/vpcEndpoint:VpcEndpoint`,
  ],
  EKS: [
    `${AWS}eks/cluster:Cluster`,
    `${AWS}eks/accessEntry:AccessEntry`,
    `${AWS}eks/addon:Addon`,
    `${AWS}kms/key:Key`,
    `${AWS}cloudwatch/logGroup:LogGroup`,
  ],
  "node groups": [
    `${AWS}eks/nodeGroup:NodeGroup`,
    `${AWS}ec2/launchTemplate:LaunchTemplate`,
    `${AWS}autoscaling/tag:Tag`,
  ],
  identity: [`${AWS}eks/podIdentityAssociation:PodIdentityAssociation`, `${AWS}iam/rolePolicy:RolePolicy`],
  "cluster autoscaler": [chart("cluster-autoscaler")],
  "argo workflows": [chart("argo-workflows"), `${K8S}core/v1:ConfigMap argo-workflows-config`],
  redpanda: [
    chart("operator"),
    chart("redpanda"),
    `${K8S}cluster.redpanda.com/v1alpha2:Topic`,
    `${K8S}cluster.redpanda.com/v1alpha2:User`,
  ],
  keda: [chart("keda"), `${K8S}keda.sh/v1alpha1:ScaledObject`, `${K8S}keda.sh/v1alpha1:TriggerAuthentication`],
  kueue: [
    chart("kueue"),
    `${K8S}kueue.x-k8s.io/v1beta2:ResourceFlavor`,
    `${K8S}kueue.x-k8s.io/v1beta2:Cohort`,
    `${K8S}kueue.x-k8s.io/v1beta2:WorkloadPriorityClass`,
  ],
  kuberay: [chart("kuberay-operator")],
  "ray serve": [`${K8S}ray.io/v1:RayService`],
  materialize: [chart("materialize-operator"), `${K8S}materialize.cloud/v1alpha1:Materialize`],
  "spark, flink, trino": [chart("spark-operator"), chart("flink-kubernetes-operator"), chart("trino")],
  "oci registry": [chart("harbor")],
  vault: [
    chart("vault"),
    "vault:index/audit:Audit",
    "vault:index/policy:Policy",
    "vault:kubernetes/authBackendRole:AuthBackendRole",
  ],
  "external secrets": [chart("external-secrets"), `${K8S}external-secrets.io/v1:ClusterSecretStore`],
  observability: [
    chart("kube-prometheus-stack"),
    chart("loki"),
    chart("tempo"),
    chart("alloy"),
    chart("grafana"),
    chart("dcgm-exporter"),
    `${K8S}apps/v1:Deployment marquez`,
    `${K8S}monitoring.coreos.com/v1:PrometheusRule`,
  ],
  "policy engine": [chart("gatekeeper"), `${K8S}templates.gatekeeper.sh/v1:ConstraintTemplate`],
  "audit store": [chart("altinity-clickhouse-operator"), `${K8S}clickhouse.altinity.com/v1:ClickHouseInstallation`],
  artifacts: [
    `${AWS}s3/bucket:Bucket`,
    `${AWS}s3/bucketVersioning:BucketVersioning`,
    `${AWS}s3/bucketPublicAccessBlock:BucketPublicAccessBlock`,
    `${AWS}s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration`,
  ],
  "dispatcher and API": [
    `${K8S}apps/v1:Deployment submission-api`,
    `${K8S}apps/v1:Deployment submission-dispatcher`,
    `${K8S}core/v1:Service submission-api`,
    `${K8S}policy/v1:PodDisruptionBudget submission-dispatcher`,
    `${K8S}networking.k8s.io/v1:NetworkPolicy submission-api-from-callers`,
  ],
};

/** Where the two differ on purpose. */
const ONLY: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  dev: {
    registry: [chart("cloudnative-pg"), `${K8S}postgresql.cnpg.io/v1:Cluster`, `${K8S}postgresql.cnpg.io/v1:Database`],
  },
  prod: {
    registry: [`${AWS}rds/instance:Instance`],
    "flow logs": [`${AWS}ec2/flowLog:FlowLog`],
    "locked audit exports": [`${AWS}s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration`],
    "balloon capacity": [`${K8S}apps/v1:Deployment balloon-cpu`],
  },
};

describe.each(ENVIRONMENTS)("a first preview of %s", async (stack) => {
  const { resources } = await firstPreview(stack, inject("previews"));
  const present = new Set(
    resources.flatMap(({ type, name, inputs }) => [
      type,
      `${type} ${name}`,
      ...(type === "kubernetes:helm.sh/v3:Release" ? [chart(String(inputs.chart).split("/").at(-1) ?? "")] : []),
    ]),
  );

  test.each(Object.entries({ ...SYSTEMS, ...ONLY[stack] }))("has %s", (_, wanted) => {
    expect(wanted.filter((resource) => !present.has(resource))).toEqual([]);
  });
});
