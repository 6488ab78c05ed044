import { z } from "zod";

/** The part of Argo's Workflow the service reads. Everything else is dropped when it comes in: thousands are kept in memory. */
const labels = z.record(z.string(), z.string()).default({});

const argoNode = z.object({
  id: z.string(),
  name: z.string(),
  displayName: z.string().default(""),
  type: z.string(),
  templateName: z.string().optional(),
  phase: z.string().optional(),
  message: z.string().optional(),
  startedAt: z.string().nullish(),
  finishedAt: z.string().nullish(),
  hostNodeName: z.string().optional(),
  children: z.array(z.string()).default([]),
  /** Absent on pods that were never made. */
  podIP: z.string().optional(),
  outputs: z
    .object({
      exitCode: z.string().optional(),
      parameters: z.array(z.object({ name: z.string(), value: z.string().optional() })).default([]),
    })
    .optional(),
});

export const workflowObject = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    resourceVersion: z.string(),
    creationTimestamp: z.string(),
    labels,
    annotations: labels,
  }),
  spec: z.object({ shutdown: z.string().optional() }).default({}),
  status: z
    .object({
      phase: z.string().optional(),
      message: z.string().optional(),
      startedAt: z.string().nullish(),
      finishedAt: z.string().nullish(),
      nodes: z.record(z.string(), argoNode).default({}),
      /** Gzip and base64 of `nodes`, where they grew large. */
      compressedNodes: z.string().optional(),
    })
    .default({ nodes: {} }),
});

export type WorkflowObject = z.infer<typeof workflowObject>;
export type ArgoNode = z.infer<typeof argoNode>;
