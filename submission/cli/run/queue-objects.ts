import { z } from "zod";

/** What is read of Kueue's queues; everything else of them is ignored. Amounts are Kubernetes quantities. */

const limits = z.object({
  name: z.string(),
  nominalQuota: z.string(),
  borrowingLimit: z.string().optional(),
  lendingLimit: z.string().optional(),
});
const used = z.object({
  name: z.string(),
  resources: z.array(z.object({ name: z.string(), total: z.string().default("0"), borrowed: z.string().default("0") })),
});

export const clusterQueue = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    cohortName: z.string().optional(),
    resourceGroups: z
      .array(z.object({ flavors: z.array(z.object({ name: z.string(), resources: z.array(limits) })) }))
      .default([]),
  }),
  status: z.object({ flavorsReservation: z.array(used).default([]) }).default({ flavorsReservation: [] }),
});
export type ClusterQueueObject = z.infer<typeof clusterQueue>;

export const localQueue = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({ clusterQueue: z.string() }),
  status: z
    .object({ pendingWorkloads: z.number().default(0), admittedWorkloads: z.number().default(0) })
    .default({ pendingWorkloads: 0, admittedWorkloads: 0 }),
});
export type LocalQueueObject = z.infer<typeof localQueue>;
