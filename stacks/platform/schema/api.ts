import { z } from "zod";
import type { Finding } from "../consistency.ts";
import type { PlatformConfig } from "../schema.ts";

const namespace = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "must be a namespace: a-z, 0-9 and -, at most 63");

/** Config keys of the api room; see `../schema.ts`. */
export const API_SHAPE = {
  /** The submission service: `systems: {submission-api: chart}`. */
  submission: z
    .strictObject({
      /** Its image, by digest: what was tested is what runs. */
      image: z
        .string()
        .regex(/^[a-z0-9./:_-]+@sha256:[0-9a-f]{64}$/, "must be an image by digest, e.g. registry/orch@sha256:...")
        .optional(),
      /** Namespaces whose pods may call the API, e.g. an ingress controller's. Default: teams' only. */
      callers: z.array(namespace).default([]),
      /** Most dispatchers that a backlog may bring up; one each is kept for the topic's partitions. */
      maxDispatchers: z.int().positive().max(100).default(6),
    })
    .default({ callers: [], maxDispatchers: 6 }),
  /** Data and features over Arrow Flight: the endpoint that nodes are told, and where its pods are. Default: there is none. */
  featureAccess: z
    .strictObject({
      endpoint: z.string().regex(/^grpc(\+tls)?:\/\/[^/]+:\d+$/, "must be grpc://host:port or grpc+tls://host:port"),
      /** Namespace of the servers; teams' pods may open connections to it. */
      namespace,
    })
    .optional(),
} as const;

/** A value that is right, for each of them. */
export const API_EXAMPLES = {
  submission: { image: `ghcr.io/archetype/orch@sha256:${"0".repeat(64)}`, callers: ["ingress"], maxDispatchers: 6 },
  featureAccess: { endpoint: "grpc+tls://flight.features.svc:8815", namespace: "features" },
} as const;

/** What the service cannot run without: its queue, who scales it, its audit store. */
const NEEDED = ["redpanda", "keda", "clickhouse", "external-secrets"] as const;

/** How these keys fit together, and with the others. */
export function apiFindings({ systems, submission }: Partial<PlatformConfig>): Finding[] {
  if (systems?.["submission-api"] !== "chart") return [];
  return [
    ...(submission !== undefined && submission.image === undefined
      ? [{ path: ["submission", "image"], message: "must be given where the system submission-api is installed" }]
      : []),
    ...NEEDED.filter((system) => systems[system] === "off").map((system) => ({
      path: ["systems", system],
      message: "cannot be off where submission-api is installed; chart, or submission-api off",
    })),
  ];
}
