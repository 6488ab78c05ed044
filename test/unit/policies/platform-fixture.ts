import { UNKNOWN } from "../../../policies/verdict/known.ts";
import type { Resource } from "../../../policies/verdict/resource.ts";

/**
 * A stack that every rule of the platform pack accepts; each test breaks one thing of it. The engine is given the same one, so it has
 * what providers require.
 */

const PROVIDER = { name: "orch-test", props: { defaultTags: '{"tags":{"orch.dev/cluster":"orch-test"}}' } };

export function resource(type: string, name: string, props: Record<string, unknown>, more: Partial<Resource> = {}) {
  const urn = `urn:pulumi:test::orchestration-layer::${type}::${name}`;
  return { type, name, urn, props, provider: PROVIDER, protect: true, ...more } satisfies Resource;
}

/** A copy with `value` at `path`; the value `undefined` takes it out. */
export function change(one: Resource, path: string, value: unknown): Resource {
  const keys = path.split(".");
  return { ...one, props: put(one.props, keys, value) as Resource["props"] };
}

function put(at: unknown, [key = "", ...rest]: readonly string[], value: unknown): unknown {
  const copy = (Array.isArray(at) ? [...at] : { ...(at as object) }) as Record<string, unknown>;
  if (rest.length > 0) copy[key] = put(copy[key] ?? {}, rest, value);
  else if (value === undefined) delete copy[key];
  else copy[key] = value;
  return copy;
}

const named = (namespace: string, name: string) => ({ namespace, name });
const made = (...sources: readonly Resource[]) => sources.map(({ type, urn }) => ({ type, ...(urn && { urn }) }));

export const container = {
  name: "api",
  image: `ghcr.io/archetype/api@sha256:${"a".repeat(64)}`,
  resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { memory: "1Gi" } },
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  },
};
const pod = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
  containers: [container],
};

export const deployment = resource("kubernetes:apps/v1:Deployment", "api", {
  metadata: named("orchestr", "api"),
  spec: { selector: {}, template: { spec: pod } },
});
export const rayCluster = resource("kubernetes:ray.io/v1:RayCluster", "ray", {
  metadata: named("compute", "ray"),
  spec: { headGroupSpec: { template: { spec: pod } }, workerGroupSpecs: [{ template: { spec: pod } }] },
});
export const clickhouse = resource("kubernetes:clickhouse.altinity.com/v1:ClickHouseInstallation", "audit", {
  metadata: named("audit", "audit"),
  spec: { templates: { podTemplates: [{ name: "clickhouse", spec: pod }] } },
});
export const chart = resource("kubernetes:helm.sh/v3:Release", "loki", {
  ...named("monitoring", "loki"),
  chart: "loki",
  values: { securityContext: { runAsNonRoot: true }, admin: { existingSecret: "loki" }, image: { tag: "3.6.0" } },
});
export const namespace = resource("kubernetes:core/v1:Namespace", "team-a", {
  metadata: { name: "team-a", labels: { "orch.dev/team": "a", "pod-security.kubernetes.io/enforce": "restricted" } },
});
export const denyAll = resource("kubernetes:networking.k8s.io/v1:NetworkPolicy", "team-a-default-deny", {
  metadata: named("team-a", "default-deny"),
  spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
});
export const configMap = resource("kubernetes:core/v1:ConfigMap", "settings", {
  metadata: named("team-a", "settings"),
  data: { LEVEL: "info" },
});
export const secret = resource(
  "kubernetes:core/v1:Secret",
  "database",
  { metadata: named("team-a", "database"), stringData: { password: "generated" } },
  { computedFrom: { stringData: [{ type: "random:index/randomPassword:RandomPassword" }] } },
);
export const role = resource("kubernetes:rbac.authorization.k8s.io/v1:Role", "reader", {
  metadata: named("team-a", "reader"),
  rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
});
export const service = resource("kubernetes:core/v1:Service", "gate", {
  metadata: {
    ...named("serving", "gate"),
    annotations: { "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal" },
  },
  spec: { type: "LoadBalancer" },
});
export const storageClass = resource("kubernetes:storage.k8s.io/v1:StorageClass", "gp3", {
  metadata: { name: "gp3" },
  provisioner: "ebs.csi.aws.com",
  parameters: { encrypted: "true" },
});

export const eks = resource("aws:eks/cluster:Cluster", "orch-test", {
  roleArn: UNKNOWN,
  vpcConfig: { subnetIds: [UNKNOWN], endpointPublicAccess: true, publicAccessCidrs: ["203.0.113.0/24"] },
  encryptionConfig: { resources: ["secrets"], provider: { keyArn: UNKNOWN } },
  deletionProtection: true,
});
const nodeGroup = (name: string, capacityType: string, maxSize: number) =>
  resource("aws:eks/nodeGroup:NodeGroup", name, {
    clusterName: "orch-test",
    nodeRoleArn: UNKNOWN,
    subnetIds: [UNKNOWN],
    labels: { "orch.dev/class": "cpu" },
    capacityType,
    scalingConfig: { minSize: 0, desiredSize: 0, maxSize },
  });
export const onDemand = nodeGroup("cpu", "ON_DEMAND", 10);
export const spot = nodeGroup("cpu-spot", "SPOT", 30);
export const launchTemplate = resource("aws:ec2/launchTemplate:LaunchTemplate", "nodes", {
  blockDeviceMappings: [{ deviceName: "/dev/xvda", ebs: { encrypted: "true" } }],
});
export const database = resource("aws:rds/instance:Instance", "postgres", {
  instanceClass: "db.m7g.large",
  storageEncrypted: true,
  publiclyAccessible: false,
  deletionProtection: true,
  skipFinalSnapshot: false,
});
export const logs = resource("aws:cloudwatch/logGroup:LogGroup", "logs", { kmsKeyId: UNKNOWN });
export const key = resource("aws:kms/key:Key", "artifacts", { enableKeyRotation: true });
export const securityGroup = resource("aws:ec2/securityGroup:SecurityGroup", "api", {
  ingress: [{ cidrBlocks: ["10.0.0.0/16"], protocol: "tcp", fromPort: 443, toPort: 443 }],
});
export const ingressRule = resource("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "api", {
  securityGroupId: UNKNOWN,
  ipProtocol: "tcp",
  cidrIpv4: "10.0.0.0/16",
});
export const bucket = resource("aws:s3/bucket:Bucket", "artifacts", { bucket: "artifacts", forceDestroy: false });
const ofBucket = { computedFrom: { bucket: made(bucket) } };
export const publicAccess = resource(
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  "artifacts",
  {
    bucket: UNKNOWN,
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  },
  ofBucket,
);
export const bucketEncryption = resource(
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  "artifacts",
  {
    bucket: UNKNOWN,
    rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: UNKNOWN } }],
  },
  ofBucket,
);

const statement = { Effect: "Allow", Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::artifacts/*"] };
export const policyText = (change: object = {}) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ ...statement, ...change }] });
const trust = (service: string) =>
  JSON.stringify({ Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: ["sts:AssumeRole"] }] });

/** A component has no provider. */
export const podRole = resource(
  "orch:cluster:PodRole",
  "reader",
  { permissions: [{ actions: ["s3:GetObject"], resources: [UNKNOWN] }] },
  { provider: undefined },
);
export const nodeRole = resource("aws:iam/role:Role", "node", { assumeRolePolicy: trust("ec2.amazonaws.com") });
export const readerRole = resource("aws:iam/role:Role", "reader", {
  assumeRolePolicy: trust("pods.eks.amazonaws.com"),
});
/** Its text is known. */
export const rolePolicy = resource(
  "aws:iam/rolePolicy:RolePolicy",
  "reader",
  { policy: policyText(), role: UNKNOWN },
  { computedFrom: { role: made(readerRole) } },
);
/** Its text names an ARN that is still to be made. */
export const unknownPolicy = resource(
  "aws:iam/rolePolicy:RolePolicy",
  "keys",
  { policy: UNKNOWN, role: UNKNOWN },
  { parent: podRole.urn, computedFrom: { role: made(readerRole) } },
);
export const attachment = resource(
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  "node-worker",
  { policyArn: "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy", role: UNKNOWN },
  { computedFrom: { role: made(nodeRole) } },
);

export const stack: readonly Resource[] = [
  deployment,
  rayCluster,
  clickhouse,
  chart,
  namespace,
  denyAll,
  configMap,
  secret,
  role,
  service,
  storageClass,
  eks,
  onDemand,
  spot,
  launchTemplate,
  database,
  logs,
  key,
  securityGroup,
  ingressRule,
  bucket,
  publicAccess,
  bucketEncryption,
  podRole,
  nodeRole,
  readerRole,
  rolePolicy,
  unknownPolicy,
  attachment,
];
