import type { V1CustomResourceDefinition } from "@kubernetes/client-node";

/** KWOK reads its stages from the cluster, so that those of an operator's resources can come with the operator's CRDs. */
export const STAGE_CRD: V1CustomResourceDefinition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "stages.kwok.x-k8s.io" },
  spec: {
    group: "kwok.x-k8s.io",
    scope: "Cluster",
    names: { kind: "Stage", listKind: "StageList", plural: "stages", singular: "stage" },
    versions: [
      {
        name: "v1alpha1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: { type: "object", x_kubernetes_preserve_unknown_fields: true },
              status: { type: "object", x_kubernetes_preserve_unknown_fields: true },
            },
          },
        },
      },
    ],
  },
};
