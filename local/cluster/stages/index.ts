import { readFileSync } from "node:fs";
import type { KubernetesObject } from "@kubernetes/client-node";
import { parse } from "yaml";
import { z } from "zod";

const stageList = z.array(
  z.looseObject({
    apiVersion: z.literal("kwok.x-k8s.io/v1alpha1"),
    kind: z.literal("Stage"),
    metadata: z.object({ name: z.string() }),
    spec: z.looseObject({ resourceRef: z.object({ apiGroup: z.string(), kind: z.string() }) }),
  }),
);

/** Stages of what is always there. */
export const CORE_STAGES = ["nodes", "pods"] as const;

/** Stages of operators' resources, by the CRD that must exist first. */
export const OPERATOR_STAGES = {
  "rayjobs.ray.io": "ray",
  "sparkapplications.sparkoperator.k8s.io": "spark",
  "flinkdeployments.flink.apache.org": "flink",
} as const;

export type StageFile = (typeof CORE_STAGES)[number] | (typeof OPERATOR_STAGES)[keyof typeof OPERATOR_STAGES];

/** What KWOK does with the resources of one file, as Stage objects. */
export function stages(file: StageFile): KubernetesObject[] {
  return stageList.parse(parse(readFileSync(new URL(`${file}.yaml`, import.meta.url), "utf8")));
}
