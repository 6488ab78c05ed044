import type { DagNode } from "../../spec/index.ts";
import { type ContainerSetting, containerUnit } from "../container-template.ts";
import { resourceUnit } from "../custom-resource.ts";
import type { Placement } from "../placement.ts";
import type { Unit } from "../units.ts";
import { customCrd } from "./custom-crd.ts";
import { flinkJob } from "./flink-job.ts";
import { materializeView } from "./materialize-view.ts";
import { pythonTask } from "./python-task.ts";
import { rayJob } from "./ray-job.ts";
import { sparkSql } from "./spark-sql.ts";
import { trinoSql } from "./trino-sql.ts";

/** A node by its kind. */
export function unitOf(node: DagNode, placement: Placement, setting: ContainerSetting): Unit {
  const { context } = setting;
  const { profile } = context;
  switch (node.kind) {
    case "python_task":
      return containerUnit(node, pythonTask(node, profile), placement, setting);
    case "trino_sql":
      return containerUnit(node, trinoSql(node, profile), placement, setting);
    case "materialize_view":
      return containerUnit(node, materializeView(node, profile), placement, setting);
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
