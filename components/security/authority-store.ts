import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../cluster/index.ts";
import { serverCertificate } from "./cert-manager.ts";
import {
  AUTHORITY_SECRET,
  AUTHORITY_STORE,
  EXTERNAL_SECRETS_API,
  EXTERNAL_SECRETS_NAMESPACE,
  MANAGED_BY,
  TEAM_LABEL,
} from "./constants.ts";
import { readerAccount } from "./external-secrets.ts";

const READER = "authority-reader";

/** Spec of the store that hands out the platform's authority: one Secret, of which every client may have the certificate. */
export const planAuthorityStore = () => ({
  conditions: [
    {
      namespaceSelector: {
        matchLabels: { ...MANAGED_BY },
        matchExpressions: [{ key: TEAM_LABEL, operator: "DoesNotExist" }],
      },
    },
  ],
  provider: {
    kubernetes: {
      remoteNamespace: EXTERNAL_SECRETS_NAMESPACE,
      server: {
        url: "https://kubernetes.default.svc",
        caProvider: {
          type: "ConfigMap",
          name: "kube-root-ca.crt",
          key: "ca.crt",
          namespace: EXTERNAL_SECRETS_NAMESPACE,
        },
      },
      auth: { serviceAccount: { name: READER, namespace: EXTERNAL_SECRETS_NAMESPACE } },
    },
  },
});

/**
 * Brings the platform's authority to where its systems are called from. What is read is a certificate that nobody uses: it
 * carries the authority's own, and the authority's key stays out of reach.
 */
export class AuthorityStore extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: { readonly cluster: Cluster }, opts?: pulumi.ComponentResourceOptions) {
    super("orch:security:AuthorityStore", name, {}, opts);
    const child = { parent: this, provider: args.cluster.provider };
    const certificate = serverCertificate(
      name,
      { namespace: EXTERNAL_SECRETS_NAMESPACE, secretName: AUTHORITY_SECRET, dnsNames: ["nobody.invalid"] },
      child,
    );
    const account = { account: READER, namespace: EXTERNAL_SECRETS_NAMESPACE };
    const reader = readerAccount(name, account, child);
    const metadata = { name: AUTHORITY_SECRET, namespace: EXTERNAL_SECRETS_NAMESPACE, labels: { ...MANAGED_BY } };
    const role = new k8s.rbac.v1.Role(
      `${name}-secret`,
      {
        metadata,
        rules: [{ apiGroups: [""], resources: ["secrets"], resourceNames: [AUTHORITY_SECRET], verbs: ["get"] }],
      },
      child,
    );
    const binding = new k8s.rbac.v1.RoleBinding(
      `${name}-secret`,
      {
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: AUTHORITY_SECRET },
        subjects: [{ kind: "ServiceAccount", name: READER, namespace: EXTERNAL_SECRETS_NAMESPACE }],
      },
      { ...child, dependsOn: [role] },
    );
    this.ready = [
      new k8s.apiextensions.CustomResource(
        name,
        {
          apiVersion: EXTERNAL_SECRETS_API,
          kind: "ClusterSecretStore",
          metadata: {
            name: AUTHORITY_STORE,
            labels: { ...MANAGED_BY },
            annotations: { "pulumi.com/waitFor": "condition=Ready" },
          },
          spec: planAuthorityStore(),
        },
        { ...child, dependsOn: [certificate, binding, ...reader] },
      ),
    ];
    this.registerOutputs({ store: AUTHORITY_STORE });
  }
}
