import { UNKNOWN } from "../../../policies/verdict/known.ts";
import type { Resource } from "../../../policies/verdict/resource.ts";
import * as right from "./platform-fixture.ts";
import { change, policyText, resource } from "./platform-fixture.ts";

/** One thing that is changed in the right stack, and what is said of it. */
export interface Case {
  readonly title: string;
  readonly changed: Resource;
  /** Part of the message. */
  readonly says: string;
}
export interface Cases {
  readonly wrong: readonly Case[];
  /** What a preview does not know yet; or why there is nothing that it might not know. */
  readonly unknown: readonly Case[] | string;
}

const wrong = (title: string, changed: Resource, says: string): Case => ({ title, changed, says });
const unknown = (one: Resource, ...paths: readonly string[]): Case[] =>
  paths.map((path) => ({
    title: `${path} of ${one.type}`,
    changed: change(one, path, UNKNOWN),
    says: "is not known before the update",
  }));

const POD = "spec.template.spec";
const CONTAINER = `${POD}.containers.0`;
const PODS = ["spec", POD, `${POD}.containers`, CONTAINER];
const HEAD = "spec.headGroupSpec.template.spec";
const WORKER = "spec.workerGroupSpecs.0.template.spec";
const RDS = right.database;

export const CASES: Readonly<Record<string, Cases>> = {
  "batch-pools-are-mostly-spot": {
    wrong: [
      wrong("fewer spot nodes than half", change(right.spot, "scalingConfig.maxSize", 9), "19 nodes of class cpu"),
    ],
    unknown: unknown(right.spot, "scalingConfig.maxSize", "capacityType", "labels"),
  },
  "buckets-are-encrypted": {
    wrong: [
      wrong(
        "S3's own key",
        change(right.bucketEncryption, "rules.0.applyServerSideEncryptionByDefault", { sseAlgorithm: "AES256" }),
        "is not encrypted with a KMS key",
      ),
      wrong(
        "encryption of another bucket only",
        { ...right.bucketEncryption, computedFrom: {} },
        "has no encryption of its own",
      ),
    ],
    unknown: unknown(right.bucketEncryption, "rules", "rules.0.applyServerSideEncryptionByDefault.sseAlgorithm"),
  },
  "buckets-are-private": {
    wrong: [
      wrong(
        "one of the four left out",
        change(right.publicAccess, "ignorePublicAcls", undefined),
        "does not set ignorePublicAcls",
      ),
      wrong("a block of another bucket", { ...right.publicAccess, computedFrom: {} }, "blocks no public access"),
      wrong("a public access list", change(right.bucket, "acl", "public-read"), "has the access list public-read"),
    ],
    unknown: unknown(right.publicAccess, "restrictPublicBuckets"),
  },
  "chart-values-stay-confined": {
    wrong: [
      wrong(
        "a privileged container",
        change(right.chart, "values.securityContext.privileged", true),
        "has the value securityContext.privileged: true",
      ),
      wrong("root", change(right.chart, "values.securityContext.runAsUser", 0), "(only its values are seen here;"),
      wrong(
        "the node's network, deep inside",
        change(right.chart, "values.a", [{ hostNetwork: true }]),
        "a.0.hostNetwork",
      ),
      wrong("a tag that moves", change(right.chart, "values.image.tag", "latest"), "image.tag: latest"),
    ],
    unknown: unknown(right.chart, "values", "values.securityContext.runAsNonRoot"),
  },
  "containers-do-not-write-their-image": {
    wrong: [
      wrong(
        "a writable root",
        change(right.deployment, `${CONTAINER}.securityContext.readOnlyRootFilesystem`, false),
        "Deployment orchestr/api has container api, which can write",
      ),
      wrong(
        "one that says nothing",
        change(right.rayCluster, `${WORKER}.containers.0.securityContext`, {}),
        "can write",
      ),
    ],
    unknown: unknown(right.deployment, ...PODS),
  },
  "containers-have-no-privileges": {
    wrong: [
      wrong("privileged", change(right.deployment, `${CONTAINER}.securityContext.privileged`, true), "is privileged"),
      wrong(
        "one that may gain them",
        change(right.deployment, `${CONTAINER}.securityContext.allowPrivilegeEscalation`, undefined),
        "may gain privileges",
      ),
      wrong(
        "capabilities kept",
        change(right.clickhouse, "spec.templates.podTemplates.0.spec.containers.0.securityContext.capabilities", {
          drop: ["NET_RAW"],
        }),
        "keeps capabilities",
      ),
      wrong(
        "capabilities added",
        change(right.deployment, `${CONTAINER}.securityContext.capabilities.add`, ["SYS_ADMIN"]),
        "adds the capabilities SYS_ADMIN",
      ),
    ],
    unknown: unknown(right.deployment, ...PODS, `${CONTAINER}.securityContext.privileged`),
  },
  "containers-run-as-non-root": {
    wrong: [
      wrong(
        "a pod that says nothing",
        change(right.deployment, `${POD}.securityContext.runAsNonRoot`, undefined),
        "may run as root",
      ),
      wrong(
        "a container that says no",
        change(right.deployment, `${CONTAINER}.securityContext.runAsNonRoot`, false),
        "may run as root",
      ),
      wrong("user 0", change(right.rayCluster, `${HEAD}.securityContext.runAsUser`, 0), "runs as user 0"),
      wrong(
        "an init container",
        change(right.deployment, `${POD}.initContainers`, [{ name: "init", securityContext: { runAsNonRoot: false } }]),
        "has container init",
      ),
    ],
    unknown: unknown(right.deployment, ...PODS, `${POD}.securityContext.runAsNonRoot`),
  },
  "containers-state-resources": {
    wrong: [
      wrong(
        "no limit of memory",
        change(right.deployment, `${CONTAINER}.resources.limits`, undefined),
        "does not state limits.memory",
      ),
      wrong(
        "nothing at all",
        change(right.deployment, `${CONTAINER}.resources`, {}),
        "does not state requests.cpu, requests.memory, limits.memory",
      ),
    ],
    unknown: unknown(right.deployment, ...PODS, `${CONTAINER}.resources`),
  },
  "control-plane-is-closed": {
    wrong: [
      wrong(
        "open to all",
        change(right.eks, "vpcConfig.publicAccessCidrs", ["0.0.0.0/0"]),
        "can be called from everywhere",
      ),
      wrong(
        "open to all of IPv6",
        change(right.eks, "vpcConfig.publicAccessCidrs", ["::/0"]),
        "can be called from everywhere",
      ),
      wrong(
        "public without naming anyone, which AWS takes for everyone",
        change(right.eks, "vpcConfig", {}),
        "can be called from everywhere",
      ),
    ],
    unknown: unknown(
      right.eks,
      "vpcConfig",
      "vpcConfig.endpointPublicAccess",
      "vpcConfig.publicAccessCidrs",
      "vpcConfig.publicAccessCidrs.0",
    ),
  },
  "data-is-encrypted": {
    wrong: [
      wrong(
        "secrets without a key",
        change(right.eks, "encryptionConfig", undefined),
        "keeps its secrets without a key",
      ),
      wrong(
        "a disk",
        change(right.launchTemplate, "blockDeviceMappings.0.ebs.encrypted", "false"),
        "has a disk /dev/xvda",
      ),
      wrong(
        "disks that are left to the account",
        change(right.launchTemplate, "blockDeviceMappings", []),
        "account's default",
      ),
      wrong("a database", change(RDS, "storageEncrypted", undefined), "Instance postgres is not encrypted"),
      wrong("a log", change(right.logs, "kmsKeyId", undefined), "LogGroup logs is not encrypted with a key of ours"),
      wrong("a class of disks", change(right.storageClass, "parameters", {}), "makes disks that are not encrypted"),
    ],
    unknown: [
      ...unknown(RDS, "storageEncrypted"),
      ...unknown(right.launchTemplate, "blockDeviceMappings.0.ebs.encrypted"),
      ...unknown(right.storageClass, "parameters"),
    ],
  },
  "data-is-protected": {
    wrong: [
      wrong("a bucket", { ...right.bucket, protect: false }, "its resource option protect is not set"),
      wrong(
        "a topic",
        resource("kubernetes:cluster.redpanda.com/v1alpha2:Topic", "jobs", {}, { protect: false }),
        "Topic jobs holds data",
      ),
      wrong("a bucket that goes with its objects", change(right.bucket, "forceDestroy", true), "forceDestroy"),
      wrong(
        "a database without deletion protection",
        change(RDS, "deletionProtection", undefined),
        "can be deleted past Pulumi",
      ),
      wrong("a database without a last snapshot", change(RDS, "skipFinalSnapshot", true), "without a last snapshot"),
    ],
    unknown: [...unknown(RDS, "deletionProtection"), ...unknown(right.eks, "deletionProtection")],
  },
  "databases-are-private": {
    wrong: [
      wrong("a public one", change(RDS, "publiclyAccessible", true), "can be reached publicly"),
      wrong(
        "a Redshift that says nothing",
        resource("aws:redshift/cluster:Cluster", "facts", {}),
        "can be reached publicly",
      ),
    ],
    unknown: unknown(RDS, "publiclyAccessible"),
  },
  "iam-lists-what-it-allows": {
    wrong: [
      wrong(
        "every action",
        change(right.rolePolicy, "policy", policyText({ Action: "*", Resource: "*" })),
        "allows every action",
      ),
      wrong(
        "every action of a service",
        change(right.rolePolicy, "policy", policyText({ Action: ["s3:*"] })),
        "allows every action of s3",
      ),
      wrong(
        "a wildcard on every resource",
        change(right.rolePolicy, "policy", policyText({ Action: ["s3:Get*"], Resource: "*" })),
        "allows s3:Get* on every resource",
      ),
      wrong(
        "all but some actions",
        change(right.rolePolicy, "policy", policyText({ NotAction: ["iam:*"] })),
        "allows every action",
      ),
      wrong(
        "the administrator's policy",
        change(right.attachment, "policyArn", "arn:aws:iam::aws:policy/AdministratorAccess"),
        "AdministratorAccess",
      ),
      wrong("what is no policy", change(right.rolePolicy, "policy", "{"), "is no JSON of an IAM policy"),
    ],
    unknown: "rights-are-known decides about a text that is not known; the update knows it before the policy is made",
  },
  "images-are-pinned": {
    wrong: [
      wrong(
        "a tag",
        change(right.deployment, `${CONTAINER}.image`, "ghcr.io/archetype/api:1.2"),
        "runs image ghcr.io/archetype/api:1.2 by its tag",
      ),
      wrong(
        "latest",
        change(right.deployment, `${CONTAINER}.image`, "registry.k8s.io/pause:latest"),
        "whatever was pushed last",
      ),
      wrong(
        "no tag behind a port",
        change(right.deployment, `${CONTAINER}.image`, "registry:5000/pause"),
        "whatever was pushed last",
      ),
      wrong(
        "half a digest",
        change(right.deployment, `${CONTAINER}.image`, "ghcr.io/archetype/api@sha256:12"),
        "whatever was pushed last",
      ),
      wrong(
        "an operator's image",
        resource("kubernetes:postgresql.cnpg.io/v1:Cluster", "pg", {
          metadata: { name: "pg" },
          spec: { imageName: "postgres:18" },
        }),
        "Cluster pg runs image postgres:18",
      ),
    ],
    unknown: unknown(right.deployment, `${CONTAINER}.image`, ...PODS),
  },
  "images-come-from-allowed-registries": {
    wrong: [
      wrong(
        "another registry",
        change(right.deployment, `${CONTAINER}.image`, `evil.example/api@sha256:${"b".repeat(64)}`),
        "comes from none of ghcr.io/archetype/",
      ),
      wrong(
        "a name that merely begins like it",
        change(right.rayCluster, `${WORKER}.containers.0.image`, `ghcr.io/archetypes/api@sha256:${"b".repeat(64)}`),
        "comes from none of",
      ),
    ],
    unknown: unknown(right.deployment, `${CONTAINER}.image`),
  },
  "keys-rotate": {
    wrong: [
      wrong(
        "a key that says nothing",
        change(right.key, "enableKeyRotation", undefined),
        "Key artifacts is never rotated",
      ),
    ],
    unknown: unknown(right.key, "enableKeyRotation"),
  },
  "load-balancers-are-internal": {
    wrong: [
      wrong(
        "a Service",
        change(right.service, "metadata.annotations", {}),
        "Service serving/gate gets a load balancer with public addresses",
      ),
      wrong(
        "an Ingress",
        resource("kubernetes:networking.k8s.io/v1:Ingress", "web", {
          metadata: { name: "web", annotations: { "alb.ingress.kubernetes.io/scheme": "internet-facing" } },
        }),
        "Ingress web",
      ),
      wrong(
        "one of AWS",
        resource("aws:lb/loadBalancer:LoadBalancer", "front", {}),
        "LoadBalancer front has public addresses",
      ),
      wrong(
        "a chart's",
        change(right.chart, "values.service", { type: "LoadBalancer" }),
        "(only its values are seen here;",
      ),
    ],
    unknown: [
      ...unknown(right.service, "spec.type", "metadata.annotations"),
      ...unknown(right.chart, "values"),
      ...unknown(resource("aws:lb/loadBalancer:LoadBalancer", "front", {}), "internal"),
    ],
  },
  "namespaces-deny-by-default": {
    wrong: [
      wrong(
        "one direction only",
        change(right.denyAll, "spec.policyTypes", ["Ingress"]),
        "Namespace team-a has no network policy",
      ),
      wrong(
        "some pods only",
        change(right.denyAll, "spec.podSelector", { matchLabels: { app: "x" } }),
        "has no network policy",
      ),
      wrong("what lets something in", change(right.denyAll, "spec.ingress", [{}]), "has no network policy"),
      wrong("one of another namespace", change(right.denyAll, "metadata.namespace", "team-b"), "has no network policy"),
      wrong("one that is not known", change(right.denyAll, "spec", UNKNOWN), "has no network policy"),
    ],
    unknown: [...unknown(right.namespace, "metadata.name"), ...unknown(right.denyAll, "spec.podSelector")],
  },
  "namespaces-enforce-pod-security": {
    wrong: [
      wrong(
        "no label",
        change(right.namespace, "metadata.labels", {}),
        "has no label pod-security.kubernetes.io/enforce",
      ),
      wrong(
        "a team's that is merely baseline",
        change(right.namespace, "metadata.labels", {
          "orch.dev/team": "a",
          "pod-security.kubernetes.io/enforce": "baseline",
        }),
        "belongs to a team and enforces baseline",
      ),
    ],
    unknown: unknown(right.namespace, "metadata", "metadata.labels"),
  },
  "no-default-providers": {
    wrong: ["default", "default_4_34_2"].flatMap((name) => [
      wrong(
        `a resource of ${name}`,
        { ...right.namespace, provider: { name, props: {} } },
        "uses the default provider",
      ),
      wrong(
        `the provider ${name} itself`,
        { ...resource("pulumi:providers:aws", name, {}), provider: undefined },
        "uses the default provider",
      ),
    ]),
    unknown: "the engine always knows which provider manages a resource",
  },
  "no-plaintext-secrets": {
    wrong: [
      wrong(
        "a literal",
        { ...right.secret, computedFrom: {} },
        "has stringData that comes from no generator and no vault",
      ),
      wrong(
        "a copy of something that is no secret",
        { ...right.secret, computedFrom: { stringData: [{ type: "kubernetes:core/v1:ConfigMap" }] } },
        "comes from no generator",
      ),
      wrong(
        "a password in a ConfigMap",
        change(right.configMap, "data.DB_PASSWORD", "hunter2"),
        "keeps DB_PASSWORD in a ConfigMap",
      ),
      wrong(
        "a variable",
        change(right.deployment, `${CONTAINER}.env`, [{ name: "API_TOKEN", value: "abc" }]),
        "has container api, which gets API_TOKEN in the clear",
      ),
      wrong(
        "a chart's value",
        change(right.chart, "values.admin.password", "hunter2"),
        "has the value admin.password in the clear",
      ),
      wrong("a database's password", change(RDS, "password", "hunter2"), "has its password from no generator"),
    ],
    unknown: [
      {
        title: "data that came from nowhere that is known",
        changed: { ...change(right.secret, "stringData", UNKNOWN), computedFrom: {} },
        says: "comes from no generator and no vault",
      },
      ...unknown(right.deployment, `${CONTAINER}.env`),
    ],
  },
  "no-wildcard-rights": {
    wrong: ["apiGroups", "resources", "verbs"].map((field) =>
      wrong(
        `every one of the ${field}`,
        change(right.role, `rules.0.${field}`, ["*"]),
        `Role team-a/reader allows every one of its ${field}`,
      ),
    ),
    unknown: unknown(right.role, "rules", "rules.0", "rules.0.verbs"),
  },
  "nodes-read-no-artifacts": {
    wrong: [
      wrong(
        "rights of its own",
        { ...right.rolePolicy, computedFrom: right.attachment.computedFrom },
        "Role node is the role of machines and has rights of its own by reader",
      ),
      wrong(
        "more of AWS's policies",
        change(right.attachment, "policyArn", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"),
        "may do all that AmazonS3ReadOnlyAccess allows",
      ),
    ],
    unknown: unknown(right.attachment, "policyArn"),
  },
  "pods-stay-off-the-host": {
    wrong: [
      wrong(
        "the node's network",
        change(right.deployment, `${POD}.hostNetwork`, true),
        "shares the network of its node",
      ),
      wrong(
        "the node's processes",
        change(right.rayCluster, `${HEAD}.hostPID`, true),
        "shares the processes of its node",
      ),
      wrong(
        "the node's files",
        change(right.deployment, `${POD}.volumes`, [{ name: "run", hostPath: { path: "/run" } }]),
        "mounts /run of its node (volume run)",
      ),
      wrong(
        "a port of the node",
        change(right.deployment, `${CONTAINER}.ports`, [{ hostPort: 80 }]),
        "takes port 80 of its node",
      ),
    ],
    unknown: unknown(right.deployment, ...PODS, `${POD}.hostNetwork`, `${POD}.volumes`),
  },
  "pods-use-seccomp": {
    wrong: [
      wrong(
        "no profile",
        change(right.deployment, `${POD}.securityContext.seccompProfile`, undefined),
        "has container api, which runs under no seccomp profile",
      ),
      wrong(
        "Unconfined",
        change(
          right.clickhouse,
          "spec.templates.podTemplates.0.spec.securityContext.seccompProfile.type",
          "Unconfined",
        ),
        "runs under no seccomp profile",
      ),
    ],
    unknown: unknown(right.deployment, ...PODS, `${POD}.securityContext`),
  },
  "resources-carry-cost-tags": {
    wrong: [
      wrong(
        "no tags and none of the provider",
        { ...right.bucket, provider: { name: "aws", props: {} } },
        "Bucket artifacts has no tag orch.dev/cluster",
      ),
    ],
    unknown: [
      {
        title: "tags",
        changed: { ...change(right.bucket, "tags", UNKNOWN), provider: { name: "aws", props: {} } },
        says: "is not known before the update",
      },
      {
        title: "the provider's tags",
        changed: { ...right.bucket, provider: { name: "aws", props: { defaultTags: UNKNOWN } } },
        says: "is not known before the update",
      },
    ],
  },
  "rights-are-known": {
    wrong: [
      wrong(
        "every action of a service",
        change(right.podRole, "permissions", [{ actions: ["s3:*"], resources: [UNKNOWN] }]),
        "RolePolicy keys allows every action of s3",
      ),
      wrong(
        "a wildcard on every resource",
        change(right.podRole, "permissions", [{ actions: ["s3:Get*"], resources: ["*"] }]),
        "allows s3:Get* on every resource",
      ),
    ],
    unknown: [
      {
        title: "what its component has registered",
        changed: change(right.podRole, "permissions", undefined),
        says: "its text is not known before the update",
      },
      {
        title: "a component at all",
        changed: { ...right.unknownPolicy, parent: undefined },
        says: "its text is not known before the update",
      },
      {
        title: "the resource that a wildcard is allowed on",
        changed: change(right.podRole, "permissions", [{ actions: ["s3:Get*"], resources: [UNKNOWN] }]),
        says: "the resource that s3:Get* is allowed on is not known",
      },
    ],
  },
  "security-groups-name-their-callers": {
    wrong: [
      wrong(
        "everybody",
        change(right.securityGroup, "ingress.0.cidrBlocks", ["0.0.0.0/0"]),
        "lets in everybody (0.0.0.0/0)",
      ),
      wrong(
        "everybody of IPv6, in a rule of its own",
        change(right.ingressRule, "cidrIpv6", "::/0"),
        "lets in everybody (::/0)",
      ),
    ],
    unknown: [
      ...unknown(right.securityGroup, "ingress", "ingress.0", "ingress.0.cidrBlocks.0"),
      ...unknown(right.ingressRule, "cidrIpv4"),
    ],
  },
};
