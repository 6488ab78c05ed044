import type { Resource } from "../../../policies/platform/rule.ts";

/** Resources that every rule accepts; each test breaks one of them in one way. */
function resource(type: string, name: string, props: Record<string, unknown>): Resource {
  return { type, name, urn: `urn:pulumi:test::orchestration-layer::${type}::${name}`, props, provider: "orch-test" };
}

export const namespace = resource("kubernetes:core/v1:Namespace", "team-a", {
  metadata: {
    name: "team-a",
    labels: { "orch.dev/team": "a", "pod-security.kubernetes.io/enforce": "restricted" },
  },
});

export const denyAll = resource("kubernetes:networking.k8s.io/v1:NetworkPolicy", "team-a-default-deny", {
  metadata: { name: "default-deny", namespace: "team-a" },
  spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
});

export const configMap = resource("kubernetes:core/v1:ConfigMap", "settings", {
  metadata: { name: "settings", namespace: "team-a" },
  data: { LEVEL: "info" },
});

export const secret: Resource = {
  ...resource("kubernetes:core/v1:Secret", "database", {
    metadata: { name: "database", namespace: "team-a" },
    stringData: { password: "generated" },
  }),
  computedFrom: { stringData: ["random:index/randomPassword:RandomPassword"] },
};

export const podSpec = {
  securityContext: { runAsNonRoot: true },
  containers: [
    {
      name: "api",
      image: "ghcr.io/archetype/api:1",
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      },
    },
  ],
};

export const deployment = resource("kubernetes:apps/v1:Deployment", "api", {
  metadata: { name: "api", namespace: "orchestr" },
  spec: { template: { spec: podSpec } },
});

export const role = resource("kubernetes:rbac.authorization.k8s.io/v1:Role", "reader", {
  metadata: { name: "reader", namespace: "team-a" },
  rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
});

export const eksCluster = resource("aws:eks/cluster:Cluster", "orch-test", {
  vpcConfig: { endpointPublicAccess: true, publicAccessCidrs: ["203.0.113.0/24"] },
  encryptionConfig: { resources: ["secrets"], provider: { keyArn: "arn:aws:kms:us-east-1:111111111111:key/1" } },
});

export const stack: readonly Resource[] = [namespace, denyAll, configMap, secret, deployment, role, eksCluster];
