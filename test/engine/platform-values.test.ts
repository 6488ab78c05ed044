import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, inject, test } from "vitest";
import { HAS_REFERENCE, schemaErrors, unknownKeys } from "./chart-reference.ts";
import { keyPaths, releasedCharts } from "./chart-values.ts";
import { ENVIRONMENTS, firstPreview } from "./platform-preview.ts";

/**
 * The charts themselves are not part of the checkout. What is: one file per chart that lists every key the stacks set, written
 * only after it was held against the chart's own values.yaml. A key that nobody has checked yet fails in any clone.
 */
const VERIFIED = new URL("../golden/charts/", import.meta.url).pathname;

const released = await Promise.all(ENVIRONMENTS.map((stack) => firstPreview(stack, inject("previews"))));
const releases = released.flatMap(({ resources }) => releasedCharts(resources));
const charts = [...new Set(releases.map(({ chart }) => chart))].sort();

const listOf = (chart: string) => {
  const own = releases.filter((release) => release.chart === chart);
  const versions = [...new Set(own.map(({ version }) => version))];
  const paths = [...new Set(own.flatMap(({ values }) => keyPaths(values)))].sort();
  return { versions, paths, text: `${chart} ${versions.join(", ")}\n${paths.map((path) => `  ${path}`).join("\n")}\n` };
};

describe("values of charts", () => {
  test("come from more than a handful of charts, each at one version", () => {
    expect(charts.length).toBeGreaterThan(10);
    expect(charts.filter((chart) => listOf(chart).versions.length !== 1)).toEqual([]);
  });

  describe.each(charts)("%s", (chart) => {
    test("sets keys that were checked against its own values", async () => {
      const { paths, text } = listOf(chart);
      // Checked first: what is wrong must not get into the list.
      if (HAS_REFERENCE) expect(unknownKeys(chart, paths)).toEqual([]);
      await expect(text).toMatchFileSnapshot(`${VERIFIED}${chart}.txt`);
    });

    test("passes its own schema where that is at hand, and is listed as checked where not", () => {
      const own = releases.filter((release) => release.chart === chart);
      if (HAS_REFERENCE) expect([...new Set(own.flatMap(schemaErrors))]).toEqual([]);
      else expect(readFileSync(`${VERIFIED}${chart}.txt`, "utf8")).toContain(`${chart} ${own[0]?.version}\n`);
    });
  });

  test("no list is left of a chart that is no longer used", () => {
    expect(readdirSync(VERIFIED).sort()).toEqual(charts.map((chart) => `${chart}.txt`).sort());
  });
});
