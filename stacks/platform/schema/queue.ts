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

/** Config keys of the queue room; see `../schema.ts`. */
export const QUEUE_SHAPE = {
  redpanda: redpanda.prefault({}),
} as const;

/** A value that is right, for each of them. */
export const QUEUE_EXAMPLES = {
  redpanda: { storageGib: 100, cores: 2, memoryGib: 5, partitions: 24 },
} as const;

/** How these keys fit together, and with the others. */
export function queueFindings({ systems, cluster, redpanda, submission }: Partial<PlatformConfig>): Finding[] {
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
    ...(submission !== undefined && redpanda !== undefined && submission.maxDispatchers > redpanda.partitions
      ? [
          {
            path: ["submission", "maxDispatchers"],
            message: `${submission.maxDispatchers} dispatchers share ${redpanda.partitions} partitions (redpanda.partitions): the rest would wait idle`,
          },
        ]
      : []),
  ];
}
