import { gunzipSync } from "node:zlib";
import { z } from "zod";

/** What is read of the cluster's objects; everything else of them is ignored. */

/** Lists come as Date, watches as text. */
const instant = z
  .union([z.string(), z.date()])
  .transform((value) => (typeof value === "string" ? value : value.toISOString()));
const strings = z.record(z.string(), z.string()).default({});
const owner = z.object({ apiVersion: z.string(), kind: z.string(), name: z.string(), uid: z.string() });

const metadata = z.object({
  name: z.string(),
  namespace: z.string().optional(),
  uid: z.string(),
  creationTimestamp: instant,
  labels: strings,
  annotations: strings,
  ownerReferences: z.array(owner).default([]),
});

const statusNode = z.object({
  id: z.string(),
  displayName: z.string().default(""),
  type: z.string(),
  templateName: z.string().optional(),
  boundaryID: z.string().optional(),
  phase: z.string().optional(),
  message: z.string().optional(),
  startedAt: z.string().nullish(),
  finishedAt: z.string().nullish(),
  children: z.array(z.string()).default([]),
  hostNodeName: z.string().optional(),
});
export type StatusNode = z.infer<typeof statusNode>;

const template = z.object({
  name: z.string(),
  metadata: z.object({ labels: strings, annotations: strings }).optional(),
  retryStrategy: z.unknown().optional(),
  dag: z.object({ tasks: z.array(z.object({ name: z.string(), template: z.string().optional() })) }).optional(),
});

export const workflow = z.object({
  metadata,
  spec: z.object({
    entrypoint: z.string().optional(),
    shutdown: z.string().optional(),
    templates: z.array(template).default([]),
  }),
  status: z
    .object({
      phase: z.string().optional(),
      message: z.string().optional(),
      startedAt: z.string().nullish(),
      finishedAt: z.string().nullish(),
      nodes: z.record(z.string(), statusNode).optional(),
      compressedNodes: z.string().optional(),
    })
    .default({}),
});
export type WorkflowObject = z.infer<typeof workflow>;

/** Whether a run, a node or a try of it in this phase changes no more. */
export const isOver = (phase: string | undefined): phase is "Succeeded" | "Failed" | "Error" =>
  phase === "Succeeded" || phase === "Failed" || phase === "Error";

/** Nothing of the run changes any more. */
export const hasEnded = ({ status }: WorkflowObject): boolean => isOver(status.phase);

/** Argo compresses the states of a large run. */
export function statusNodes(run: WorkflowObject): Readonly<Record<string, StatusNode>> {
  const { nodes, compressedNodes } = run.status;
  if (!compressedNodes) return nodes ?? {};
  const text = gunzipSync(Buffer.from(compressedNodes, "base64")).toString("utf8");
  return z.record(z.string(), statusNode).parse(JSON.parse(text));
}

const condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
  lastTransitionTime: instant.optional(),
});

export const pod = z.object({
  metadata,
  spec: z.object({
    nodeName: z.string().optional(),
    schedulingGates: z.array(z.object({ name: z.string() })).default([]),
  }),
  status: z
    .object({
      phase: z.string().optional(),
      message: z.string().optional(),
      startTime: instant.optional(),
      conditions: z.array(condition).default([]),
      containerStatuses: z
        .array(
          z.object({
            name: z.string(),
            state: z
              .object({
                waiting: z.object({ reason: z.string().optional(), message: z.string().optional() }).optional(),
              })
              .optional(),
          }),
        )
        .default([]),
    })
    .default({ conditions: [], containerStatuses: [] }),
});
export type PodObject = z.infer<typeof pod>;

export const workload = z.object({
  metadata,
  spec: z.object({ queueName: z.string().optional(), priority: z.number().default(0) }),
  status: z
    .object({
      admission: z
        .object({ podSetAssignments: z.array(z.object({ name: z.string().optional(), flavors: strings })).default([]) })
        .optional(),
      conditions: z.array(condition).default([]),
    })
    .default({ conditions: [] }),
});
export type WorkloadObject = z.infer<typeof workload>;

export const clusterNode = z.object({ metadata: z.object({ name: z.string(), labels: strings }) });
export type ClusterNode = z.infer<typeof clusterNode>;

export const labelled = z.object({ metadata: z.object({ labels: strings }) });
