import { z } from "zod";
import type { EnvironmentEvent } from "../model.ts";

/** What the starting process hands to the supervisor, as a file: it holds no secret. */
export const supervisorSettings = z.object({
  stateDir: z.string(),
  resourceConcurrency: z.number().int().positive(),
  memory: z.object({ apiserverMib: z.number().int().positive(), otherMib: z.number().int().positive() }),
  podsReadySeconds: z.number().positive().optional(),
  tools: z.object({
    etcd: z.string(),
    kubeApiserver: z.string(),
    kubeControllerManager: z.string(),
    kubeScheduler: z.string(),
    kwok: z.string(),
    workflowController: z.string(),
    argoexec: z.string(),
    kueue: z.string(),
  }),
  workflowController: z.object({
    requeueMillis: z.number().positive(),
    qps: z.number().positive(),
    burst: z.number().int().positive(),
    workflowWorkers: z.number().int().positive(),
    podCleanupWorkers: z.number().int().positive(),
  }),
  nodes: z.array(
    z.object({
      name: z.string(),
      labels: z.record(z.string(), z.string()),
      taints: z.array(
        z.object({
          key: z.string(),
          value: z.string(),
          effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]),
        }),
      ),
      capacity: z.record(z.string(), z.string()),
      allocatable: z.record(z.string(), z.string()),
    }),
  ),
});

export type SupervisorSettings = z.infer<typeof supervisorSettings>;

/** Supervisor to starter. */
export type Report =
  | { readonly kind: "event"; readonly event: EnvironmentEvent }
  | { readonly kind: "ready" }
  | { readonly kind: "startFailed"; readonly message: string };

/** Starter to supervisor. `release`: live on without me. Losing the channel without it means: end. */
export type Order = { readonly kind: "release" } | { readonly kind: "stop" };
