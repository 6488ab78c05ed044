import { z } from "zod";
import { POOL_NAMES } from "../../../components/cluster/index.ts";
import { OBJECTIVES } from "../../../components/observability/index.ts";
import type { Finding } from "../consistency.ts";
import type { PlatformConfig } from "../schema.ts";

const dnsLabel = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "must be a namespace: a-z, 0-9 and -, at most 63");
const days = z.int().positive().max(730);
const gibibytes = z.int().min(5).max(16_384);
const part = z.number().gt(0).max(1);

/** Config keys of the observability room; see `../schema.ts`. */
export const OBSERVABILITY_SHAPE = {
  /** How long numbers, logs and traces are kept, and what the alerts judge by. */
  observability: z
    .strictObject({
      /** Days that metrics are kept. Prometheus' disk has to hold them: about 1 GiB a day for a hundred nodes. */
      metricsDays: days.default(15),
      /** GiB of disk of each Prometheus; gp3 costs 0.08 USD a GiB and month. */
      metricsGiB: gibibytes.default(30),
      /** Days that logs are kept; in S3 they cost 0.023 USD a GiB and month. */
      logDays: days.default(30),
      /** Days that traces are kept, in S3 like logs. */
      traceDays: days.default(7),
      /** GiB of disk of each Loki and of Tempo: what is not yet in S3, or all of it where there is none. */
      bufferGiB: gibibytes.default(10),
      /** Days that lineage of single runs is kept in Marquez. */
      lineageDays: days.default(90),
      /** URL that alerts are posted to, as Alertmanager's webhook sends them; no token in it. Default: they are only shown. */
      alertWebhook: z.url({ protocol: /^https?$/, error: "must be an http(s) URL" }).optional(),
      /** Namespaces whose pods may open Grafana, e.g. an ingress controller's. Default: none; people forward a port. */
      grafanaFrom: z.array(dnsLabel).default([]),
      /** Document with a section per alert, named after it in lower case. The alert itself says the first steps. */
      runbookUrl: z.url().default("https://runbooks.example.com/orchestration-layer"),
      /** What is promised; alerts fire when it is missed. */
      objectives: z
        .strictObject({
          queueWaitSeconds: z.int().positive().default(OBJECTIVES.queueWaitSeconds),
          inferenceLatencyMs: z.int().positive().default(OBJECTIVES.inferenceLatencyMs),
          spotShare: part.default(OBJECTIVES.spotShare),
          lag: z.int().positive().default(OBJECTIVES.lag),
          failedShare: part.default(OBJECTIVES.failedShare),
        })
        .prefault({}),
      /** USD per node and hour of each pool, for the cost dashboard. Default: us-east-1's list prices, spot at their usual third. */
      nodePrices: z
        .partialRecord(z.enum(POOL_NAMES), z.number().positive())
        .default({ cpu: 1.54, cpu_spot: 0.6, gpu: 5.67, gpu_spot: 2.3, system: 0.19 }),
    })
    .prefault({}),
} as const;

/** A value that is right, for each of them. */
export const OBSERVABILITY_EXAMPLES = {
  observability: {
    metricsDays: 15,
    metricsGiB: 100,
    logDays: 30,
    objectives: { queueWaitSeconds: 120, inferenceLatencyMs: 150, spotShare: 0.7 },
  },
} as const;

/** How these keys fit together, and with the others. */
export function observabilityFindings({ systems }: Partial<PlatformConfig>): Finding[] {
  if (systems === undefined) return [];
  const needs = (system: keyof typeof systems, others: readonly (keyof typeof systems)[], why: string): Finding[] =>
    systems[system] === "off" || others.some((other) => systems[other] !== "off")
      ? []
      : [{ path: ["systems", system], message: `needs ${others.join(" or ")}: ${why}` }];
  return [
    ...needs("dcgm-exporter", ["prometheus"], "nobody else reads what it counts"),
    ...needs("open-telemetry", ["tempo", "loki", "prometheus"], "what the collector takes must go somewhere"),
    ...needs("marquez", ["postgres"], "its lineage is kept there"),
    ...needs("marquez", ["external-secrets"], "its database's password comes by it"),
  ];
}
