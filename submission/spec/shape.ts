import { createRequire } from "node:module";
import type { Findings } from "./findings.ts";
import type { LooseDag, LooseParams, LooseRefs } from "./loose.ts";
import { isPlainDag, isPlainParams } from "./plain.ts";

const require = createRequire(import.meta.url);
/** Loaded when a document is not plainly right: zod is the largest part of a start. */
const bySchema = () => require("./shape-by-schema.ts") as typeof import("./shape-by-schema.ts");

/**
 * The shape check: what has the right shape goes on as it is; of anything else the right parts go on, and what is wrong is
 * reported.
 */
export const shapeDag = (value: unknown, findings: Findings): LooseDag =>
  isPlainDag(value) ? value : bySchema().shapeDag(value, findings);

export const shapeParams = (value: unknown, findings: Findings): LooseParams =>
  isPlainParams(value) ? value : bySchema().shapeParams(value, findings);

export const shapeRefs = (value: unknown, findings: Findings): LooseRefs => bySchema().shapeRefs(value, findings);
