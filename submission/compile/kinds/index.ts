import { createRequire } from "node:module";
import type { DagNode } from "../../spec/index.ts";
import { type ContainerSetting, containerUnit } from "../container-template.ts";
import type { Placement } from "../placement.ts";
import type { Unit } from "../units.ts";
import { materializeView } from "./materialize-view.ts";
import { pythonTask } from "./python-task.ts";
import { trinoSql } from "./trino-sql.ts";

const require = createRequire(import.meta.url);
type CustomResources = typeof import("./custom-resources.ts");
let loaded: CustomResources | undefined;
/** Loaded when a DAG has one: most have containers only. */
function operators(): CustomResources {
  loaded ??= require("./custom-resources.ts") as CustomResources;
  return loaded;
}

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
    case "spark_sql":
    case "flink_job":
    case "custom_crd":
      return operators().customResourceUnit(node, placement, context);
  }
}
