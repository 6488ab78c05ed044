import type { DagNode } from "../../spec/index.ts";
import type { Context } from "../context.ts";
import { resourceUnit } from "../custom-resource.ts";
import type { Placement } from "../placement.ts";
import type { Unit } from "../units.ts";
import { customCrd } from "./custom-crd.ts";
import { flinkJob } from "./flink-job.ts";
import { rayJob } from "./ray-job.ts";
import { sparkSql } from "./spark-sql.ts";

type Kind = "ray_job" | "spark_sql" | "flink_job" | "custom_crd";

/** A node that an operator runs. */
export function customResourceUnit(
  node: Extract<DagNode, { readonly kind: Kind }>,
  placement: Placement,
  context: Context,
): Unit {
  switch (node.kind) {
    case "ray_job":
      return resourceUnit(node, rayJob(node, placement, context), placement, context);
    case "spark_sql":
      return resourceUnit(node, sparkSql(node, placement, context), placement, context);
    case "flink_job":
      return resourceUnit(node, flinkJob(node, placement, context), placement, context);
    case "custom_crd":
      return resourceUnit(node, customCrd(node, context), placement, context);
  }
}
