import { z } from "zod";
import type { Finding } from "../consistency.ts";
import type { PlatformConfig } from "../schema.ts";
import { needs } from "./security.ts";

const redpanda = z.strictObject({
  /** Each broker's disk, GiB; three brokers on gp3 cost about 0.24 USD per GiB and month. */
  storageGib: z.int().min(10).max(16_384).default(50),
  /** Whole cores of each broker: what costs most of it. */
  cores: z.int().min(1).max(64).default(1),
  /** Memory of each broker, GiB; at least 2.5 per core. */
  memoryGib: z.number().min(2.5).default(2.5),
  /** Partitions of `orch.jobs`: as many dispatchers can work at the same time. They can be added, never taken away. */
  partitions: z.int().min(1).max(1000).default(12),
  /** Hours a job stays on the topic. */
  retentionHours: z.int().min(1).default(168),
  /** Hours a job that could not be done stays. */
  deadLetterRetentionHours: z.int().min(1).default(720),
  /**
   * Old segments to the platform's bucket. Needs a licence of Redpanda (`vault kv put platform/redpanda/license license=...`)
   * and a role for IRSA, because Redpanda does not know Pod Identity.
   */
  tieredStorage: z
    .strictObject({
      roleArn: z.string().regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/, "must be an IAM role ARN"),
    })
    .optional(),
});

const dispatcherScaling = z.strictObject({
  /** Jobs that one dispatcher may have before it; beyond, another one starts. */
  lagThreshold: z.int().positive().default(1000),
  /** Dispatchers that always run. */
  min: z.int().positive().default(1),
  /** The most there can be. */
  max: z.int().positive().default(12),
});

/** Config keys of the queue room; see `../schema.ts`. */
export const QUEUE_SHAPE = {
  redpanda: redpanda.prefault({}),
  dispatcherScaling: dispatcherScaling.prefault({}),
} as const;

/** A value that is right, for each of them. */
export const QUEUE_EXAMPLES = {
  redpanda: { storageGib: 100, cores: 2, memoryGib: 5, partitions: 24 },
  dispatcherScaling: { lagThreshold: 1000, min: 2, max: 12 },
} as const;

/** How these keys fit together, and with the others. */
export function queueFindings({
  systems,
  cluster,
  redpanda,
  dispatcherScaling: scaling,
}: Partial<PlatformConfig>): Finding[] {
  return [
    ...needs(systems, "redpanda", ["cert-manager", "vault", "external-secrets"]),
    ...(redpanda !== undefined && redpanda.memoryGib < 2.5 * redpanda.cores
      ? [
          {
            path: ["redpanda", "memoryGib"],
            message: `${redpanda.memoryGib} GiB for ${redpanda.cores} cores: each core needs 2.5`,
          },
        ]
      : []),
    ...(redpanda?.tieredStorage !== undefined && cluster !== undefined && cluster.kind !== "eks"
      ? [{ path: ["redpanda", "tieredStorage"], message: `needs a cluster of kind eks, not ${cluster.kind}` }]
      : []),
    ...(scaling !== undefined && scaling.min > scaling.max
      ? [{ path: ["dispatcherScaling"], message: `min ${scaling.min} is above max ${scaling.max}` }]
      : []),
    ...(scaling !== undefined && redpanda !== undefined && scaling.max > redpanda.partitions
      ? [
          {
            path: ["dispatcherScaling", "max"],
            message: `${scaling.max} dispatchers share ${redpanda.partitions} partitions (redpanda.partitions): the rest would wait idle`,
          },
        ]
      : []),
  ];
}
