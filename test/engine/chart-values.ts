import type { Planned } from "./platform-preview.ts";

/** Every path at which a chart's release sets a value, lists written as `[]`; one of several lists' elements stands for all. */
export function keyPaths(values: unknown, path = ""): string[] {
  if (Array.isArray(values)) return [...new Set(values.flatMap((value) => keyPaths(value, `${path}[]`)))];
  if (typeof values === "object" && values !== null && Object.keys(values).length > 0) {
    return Object.entries(values).flatMap(([key, value]) => {
      const escaped = key.includes(".") ? `"${key}"` : key;
      return keyPaths(value, path === "" ? escaped : `${path}.${escaped}`);
    });
  }
  return [path];
}

export interface ReleasedChart {
  readonly chart: string;
  readonly version: string;
  readonly values: Readonly<Record<string, unknown>>;
}

export function releasedCharts(resources: readonly Planned[]): ReleasedChart[] {
  return resources
    .filter(({ type }) => type === "kubernetes:helm.sh/v3:Release")
    .map(({ inputs }) => ({
      chart: String(inputs.chart).split("/").at(-1) ?? "",
      version: String(inputs.version),
      values: Object(inputs.values),
    }));
}
