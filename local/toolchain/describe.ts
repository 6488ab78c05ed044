import type { ToolName } from "./catalog.ts";
import { TOOL_NAMES, TOOLS, toolOf } from "./catalog.ts";
import { MODULES } from "./modules.ts";

export interface ToolDescription {
  readonly name: ToolName;
  readonly version: string;
  /** Go module path it is built from. */
  readonly module: string;
  readonly purpose: string;
  /** Versions of the user's own that are used instead, or nothing. */
  readonly acceptedOnPath: string | undefined;
  /** Seconds to build its module from empty caches on two cores; shared by all tools of one module. */
  readonly coldSeconds: number;
}

/** What there is, for `--help` and the README. */
export function describeTools(): readonly ToolDescription[] {
  return TOOL_NAMES.map((name) => {
    const { path, version, coldSeconds } = MODULES[TOOLS[name].module];
    const { purpose, onPath } = toolOf(name);
    return { name, version, module: path, purpose, acceptedOnPath: onPath?.range, coldSeconds };
  });
}

/** Minutes and GiB that building all of them takes from empty caches on two cores. */
export function describeFirstBuild(): { readonly minutes: number; readonly gib: number } {
  const modules = Object.values(MODULES);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  return {
    minutes: Math.ceil(sum(modules.map(({ coldSeconds }) => coldSeconds)) / 60),
    gib: Math.ceil(sum(modules.map(({ diskMib }) => diskMib)) / 1024),
  };
}
