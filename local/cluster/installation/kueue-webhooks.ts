import { readFileSync } from "node:fs";
import { join } from "node:path";
import type {
  KubernetesObject,
  V1MutatingWebhook,
  V1RuleWithOperations,
  V1ValidatingWebhook,
} from "@kubernetes/client-node";
import { TEAM_LABEL } from "../../../components/security/constants.ts";
import { type Credentials, KUEUE_WEBHOOK, USERS } from "../identity/credentials.ts";

/** Kueue derives these names from its webhook service's and puts its authority into them. */
export const KUEUE_WEBHOOK_CONFIGURATIONS = {
  mutating: "kueue-mutating-webhook-configuration",
  validating: "kueue-validating-webhook-configuration",
} as const;

export const KUEUE_SECRET = "kueue-webhook-server-cert";

/** Definitions that Kueue puts its authority into before it starts; they have one version here, so nothing is ever converted. */
export const CONVERTED_CRDS = ["localqueues", "clusterqueues", "cohorts", "workloads", "multikueueclusters"].map(
  (plural) => `${plural}.kueue.x-k8s.io`,
);

interface Admitted {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly resources: readonly string[];
  /** Kueue has no defaults for some. */
  readonly mutated: boolean;
  /** Jobs are looked at in team namespaces only, Kueue's own objects everywhere. */
  readonly scope: "teams" | "all";
}

const own = (kind: string, mutated: boolean, ...more: string[]): Admitted => ({
  group: "kueue.x-k8s.io",
  version: "v1beta2",
  kind,
  resources: [`${kind}s`, ...more],
  mutated,
  scope: "all",
});
const job = (group: string, version: string, kind: string): Admitted => ({
  group,
  version,
  kind,
  resources: [`${kind}s`],
  mutated: true,
  scope: "teams",
});

const ADMITTED: readonly Admitted[] = [
  own("clusterqueue", true),
  own("cohort", false),
  own("resourceflavor", true),
  own("workload", true, "workloads/status"),
  job("", "v1", "pod"),
  job("batch", "v1", "job"),
  job("ray.io", "v1", "rayjob"),
  job("ray.io", "v1", "raycluster"),
  job("sparkoperator.k8s.io", "v1beta2", "sparkapplication"),
];

/**
 * Changes that a validating webhook has an opinion about. Every pod and Workload is written a dozen times in its life, most of them
 * with news that Kueue lets through unseen (a condition, a finalizer): asking it at each of them was a sixth of the API server's work.
 */
const JUDGED: Readonly<Record<string, readonly string[]>> = {
  pod: ["metadata.?labels", "metadata.?annotations", "spec.?schedulingGates"],
  workload: [
    // Counts the changes of the spec.
    "metadata.?generation",
    "metadata.?labels",
    "metadata.?annotations",
    "?status.?admission",
    "?status.?admissionChecks",
    "?status.?reclaimablePods",
    "?status.?clusterName",
    "?status.?nominatedClusterNames",
    '?status.?conditions.orValue([]).filter(c, c.type == "QuotaReserved" && c.status == "True").size()',
  ],
};

function onlyJudged(kind: string): Pick<V1ValidatingWebhook, "matchConditions"> {
  const fields = JUDGED[kind];
  if (fields === undefined) return {};
  const changed = fields.map((field) => `object.${field} != oldObject.${field}`);
  const judged = ['request.operation != "UPDATE"', ...changed].join(" || ");
  // Nor does it have to be asked about its own writes.
  const byAnother = `request.userInfo.username != "${USERS.kueue.commonName}"`;
  return { matchConditions: [{ name: "judged", expression: `${byAnother} && (${judged})` }] };
}

/** Kueue's part of a cluster that is neither CRD nor queue: how the API server reaches and trusts its webhooks. */
export function kueueInstallation(credentials: Credentials, port: number): KubernetesObject[] {
  const read = (name: string): string => readFileSync(join(credentials.kueueWebhook, name), "utf8");
  const caBundle = Buffer.from(read("ca.crt")).toString("base64");
  const { namespace, service } = KUEUE_WEBHOOK;
  const mutating = ADMITTED.filter((admitted) => admitted.mutated).map(
    (admitted): V1MutatingWebhook => webhook("mutate", admitted, port, caBundle),
  );
  const validating = ADMITTED.map((admitted): V1ValidatingWebhook => webhook("validate", admitted, port, caBundle));
  const objects: (KubernetesObject & Record<string, unknown>)[] = [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: service, namespace },
      // The webhook server runs on this host, not in a pod; its certificate carries the service's name all the same.
      spec: { type: "ExternalName", externalName: "localhost", ports: [{ port, targetPort: port }] },
    },
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: KUEUE_SECRET, namespace },
      type: "Opaque",
      stringData: {
        "ca.crt": read("ca.crt"),
        "ca.key": read("ca.key"),
        "tls.crt": read("tls.crt"),
        "tls.key": read("tls.key"),
      },
    },
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "MutatingWebhookConfiguration",
      metadata: { name: KUEUE_WEBHOOK_CONFIGURATIONS.mutating },
      webhooks: mutating,
    },
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingWebhookConfiguration",
      metadata: { name: KUEUE_WEBHOOK_CONFIGURATIONS.validating },
      webhooks: validating,
    },
  ];
  return objects;
}

/** Only the conversion is set: the rest of the CRD belongs to the platform stack. */
export function conversionPatch(
  crd: string,
  credentials: Credentials,
  port: number,
): KubernetesObject & { spec: object } {
  const caBundle = readFileSync(join(credentials.kueueWebhook, "ca.crt")).toString("base64");
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: crd },
    spec: {
      conversion: {
        strategy: "Webhook",
        webhook: {
          clientConfig: { service: { ...serviceReference("/convert", port) }, caBundle },
          conversionReviewVersions: ["v1"],
        },
      },
    },
  };
}

function webhook(action: "mutate" | "validate", admitted: Admitted, port: number, caBundle: string) {
  const { group, version, kind } = admitted;
  const rule: V1RuleWithOperations = {
    apiGroups: [group],
    apiVersions: [version],
    resources: [...admitted.resources],
    operations: action === "mutate" ? ["CREATE"] : ["CREATE", "UPDATE"],
  };
  return {
    name: `${action[0]}${kind}.kb.io`,
    admissionReviewVersions: ["v1"],
    sideEffects: "None",
    failurePolicy: "Fail",
    clientConfig: {
      service: serviceReference(`/${action}-${group.replaceAll(".", "-")}-${version}-${kind}`, port),
      caBundle,
    },
    rules: [action === "mutate" ? { ...rule, resources: [`${kind}s`] } : rule],
    ...(admitted.scope === "teams"
      ? { namespaceSelector: { matchExpressions: [{ key: TEAM_LABEL, operator: "Exists" }] } }
      : {}),
    ...(action === "validate" ? onlyJudged(kind) : {}),
  };
}

function serviceReference(path: string, port: number): { namespace: string; name: string; path: string; port: number } {
  return { namespace: KUEUE_WEBHOOK.namespace, name: KUEUE_WEBHOOK.service, path, port };
}
