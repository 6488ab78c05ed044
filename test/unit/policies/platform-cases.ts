import { CLOUD_CASES } from "./cloud-cases.ts";
import { CLUSTER_CASES } from "./cluster-cases.ts";
import type { Cases } from "./platform-case.ts";
import { POD_CASES } from "./pod-cases.ts";

export type { Case, Cases } from "./platform-case.ts";

/** Of each rule of the platform's pack, by its name: what is wrong, and what a preview does not know. */
export const CASES: Readonly<Record<string, Cases>> = { ...CLOUD_CASES, ...CLUSTER_CASES, ...POD_CASES };
