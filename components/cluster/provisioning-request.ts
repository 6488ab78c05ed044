import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { MANAGED_BY } from "../security/constants.ts";

const GROUP = "autoscaling.x-k8s.io";
const NAME = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
const IMMUTABLE = { x_kubernetes_validations: [{ rule: "self == oldSelf", message: "cannot change" }] };
const name = { type: "string", maxLength: 253, pattern: NAME };

/** What is asked for: so many pods of a template, under a class that says how. */
const SPEC = {
  type: "object",
  required: ["podSets", "provisioningClassName"],
  properties: {
    podSets: {
      type: "array",
      minItems: 1,
      maxItems: 32,
      items: {
        type: "object",
        required: ["count", "podTemplateRef"],
        properties: {
          count: { type: "integer", format: "int32", minimum: 1 },
          podTemplateRef: { type: "object", required: ["name"], properties: { name } },
        },
      },
      ...IMMUTABLE,
    },
    provisioningClassName: { ...name, ...IMMUTABLE },
    parameters: {
      type: "object",
      maxProperties: 100,
      additionalProperties: { type: "string", maxLength: 255 },
      ...IMMUTABLE,
    },
  },
};

export const planProvisioningRequestDefinition = () => ({
  group: GROUP,
  scope: "Namespaced",
  names: {
    kind: "ProvisioningRequest",
    listKind: "ProvisioningRequestList",
    plural: "provisioningrequests",
    singular: "provisioningrequest",
    shortNames: ["provreq", "provreqs"],
  },
  versions: [
    {
      name: "v1",
      served: true,
      storage: true,
      subresources: { status: {} },
      schema: {
        openAPIV3Schema: {
          type: "object",
          required: ["spec"],
          properties: {
            apiVersion: { type: "string" },
            kind: { type: "string" },
            metadata: { type: "object" },
            spec: SPEC,
            // The autoscaler's own.
            status: { type: "object", x_kubernetes_preserve_unknown_fields: true },
          },
        },
      },
    },
  ],
});

/** The API's group ends in `k8s.io`: the API server wants to know who let it. */
const APPROVAL = {
  "api-approved.kubernetes.io": "https://github.com/kubernetes/autoscaler/pull/5848",
} as const;

/**
 * Definition of ProvisioningRequest: room for all pods of a job, asked for before any of them exists. Cluster Autoscaler
 * answers it, Kueue asks; its chart brings no definition, and with the feature on it will not start without.
 */
export function provisioningRequestDefinition(
  child: pulumi.CustomResourceOptions,
): k8s.apiextensions.v1.CustomResourceDefinition {
  return new k8s.apiextensions.v1.CustomResourceDefinition(
    "provisioning-requests",
    {
      metadata: {
        name: `provisioningrequests.${GROUP}`,
        labels: { ...MANAGED_BY },
        annotations: { ...APPROVAL },
      },
      spec: planProvisioningRequestDefinition(),
    },
    child,
  );
}
