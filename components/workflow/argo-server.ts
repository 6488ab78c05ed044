import type * as k8s from "@pulumi/kubernetes";
import {
  type Availability,
  CONTAINER_SECURITY,
  ON_SYSTEM_NODES,
  POD_SECURITY,
  replicas,
  resources,
  spreadOver,
} from "../system/index.ts";
import { ARGO_SERVER_ACCOUNT } from "./constants.ts";

/**
 * Who may look into Argo's own interface:
 * - `client`: whoever brings a Kubernetes token, with that token's rights;
 * - `server`: everybody who can reach it, with its own rights to read (there is no way in from outside of the cluster);
 * - `sso`: whoever the identity provider lets in, with its own rights to read.
 *
 * Submitting is not one of its rights in any mode: that is what the submission API with its checks is for.
 */
export type ArgoServerAuth =
  | { readonly mode: "client" | "server" }
  | {
      readonly mode: "sso";
      /** Address of the identity provider (OpenID Connect), e.g. `https://login.example.com`. */
      readonly issuer: string;
      /** Where it sends people back to: the server's address and `/oauth2/callback`. */
      readonly redirectUrl: string;
      /** Secret in Argo's namespace with the keys `client-id` and `client-secret`. */
      readonly secretName: string;
    };

const READ = ["get", "list", "watch"];

/** What the server reads in every namespace. */
export const SERVER_RULES = [
  { apiGroups: [""], resources: ["pods", "events"], verbs: READ },
  { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
  {
    apiGroups: ["argoproj.io"],
    resources: ["workflows", "workflowtasksets", "workflowtaskresults", "workflowtemplates", "cronworkflows"],
    verbs: READ,
  },
] satisfies k8s.types.input.rbac.v1.PolicyRule[];

/** What it does in its own namespace: read its settings and the named secrets; with `sso` keep the key it signs sessions with. */
export function serverNamespaceRules(auth: ArgoServerAuth, secrets: readonly string[]) {
  const named = [...secrets, ...(auth.mode === "sso" ? [auth.secretName, SESSION_KEY] : [])];
  return [
    { apiGroups: [""], resources: ["configmaps"], verbs: READ },
    ...(named.length === 0 ? [] : [{ apiGroups: [""], resources: ["secrets"], resourceNames: named, verbs: ["get"] }]),
    // A Secret that does not exist yet has no name to be bound to.
    ...(auth.mode === "sso" ? [{ apiGroups: [""], resources: ["secrets"], verbs: ["create"] }] : []),
  ] satisfies k8s.types.input.rbac.v1.PolicyRule[];
}

/** Name of the Secret that the server makes for itself. */
const SESSION_KEY = "sso";

/** The chart's values under `server`. */
export function planServerValues(auth: ArgoServerAuth | undefined, availability: Availability) {
  if (auth === undefined) return { enabled: false };
  return {
    enabled: true,
    name: "server",
    authModes: [auth.mode],
    replicas: replicas(availability),
    pdb: { enabled: true, maxUnavailable: 1 },
    rbac: { create: false },
    serviceAccount: { create: false, name: ARGO_SERVER_ACCOUNT },
    clusterWorkflowTemplates: { enabled: false },
    resources: resources({ cpu: "100m", memory: "512Mi" }),
    podSecurityContext: POD_SECURITY,
    securityContext: CONTAINER_SECURITY,
    nodeSelector: { ...ON_SYSTEM_NODES },
    topologySpreadConstraints: spreadOver({ "app.kubernetes.io/name": "argo-workflows-server" }),
    secure: true,
    livenessProbe: { enabled: true },
  };
}

/** The ConfigMap's key `sso`: the configuration is the stack's own, so the chart's values for it would have no effect. */
export function planSso({ issuer, redirectUrl, secretName }: Extract<ArgoServerAuth, { mode: "sso" }>) {
  return {
    issuer,
    redirectUrl,
    clientId: { name: secretName, key: "client-id" },
    clientSecret: { name: secretName, key: "client-secret" },
    scopes: ["openid", "profile", "email"],
    sessionExpiry: "10h",
    // One set of rights for all of them: to read.
    rbac: { enabled: false },
  };
}
