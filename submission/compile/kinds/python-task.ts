import type { PlatformProfile, PythonTask } from "../../spec/index.ts";
import { paramEnv } from "../context.ts";
import { commandOf, type Program } from "../program.ts";

/** A container: `command` + `args`; params as `ORCH_PARAMS` (JSON) and `ORCH_PARAM_<NAME>`. */
export function pythonTask(node: PythonTask, profile: PlatformProfile): Program {
  return {
    image: node.image,
    command: commandOf(node, node.image, profile),
    args: node.args,
    env: paramEnv(node.params),
  };
}
