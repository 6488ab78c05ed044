import {
  DashboardBuilder,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TimeseriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import type { DashboardFile } from "../grafana.ts";

/** One line, or one set of lines, of a panel. */
export interface Query {
  /** PromQL. */
  readonly expr: string;
  /** What a line is called; labels in braces, e.g. `{{cluster_queue}}`. */
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  /** What a reader should make of it. */
  readonly description?: string;
  /** Grafana's name of the unit, e.g. `s`, `percentunit`. */
  readonly unit: string;
  readonly queries: readonly [Query, ...Query[]];
  /** One number instead of lines over time. */
  readonly stat?: boolean;
  /** Value from which it is red; with `below`, up to which. */
  readonly limit?: { readonly value: number; readonly below?: boolean };
}

export interface Dashboard {
  /** Also its uid and file name. */
  readonly name: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Width of a page in Grafana's grid. */
const PAGE = 24;
const SOURCE = { type: "prometheus", uid: "prometheus" };

/** The dashboard as Grafana reads it from a file. */
export function planDashboard({ name, title, panels }: Dashboard): DashboardFile {
  const builder = new DashboardBuilder(title)
    .uid(`orch-${name}`)
    .tags(["orch"])
    .time({ from: "now-6h", to: "now" })
    .refresh("1m")
    .timezone("browser")
    .readonly();
  for (const panel of panels) builder.withPanel(panel.stat === true ? statPanel(panel) : linesPanel(panel));
  return { name, json: `${JSON.stringify(builder.build(), undefined, 1)}\n` };
}

function statPanel(panel: Panel): StatBuilder {
  return filled(new StatBuilder().height(4).span(PAGE / 4), panel);
}

function linesPanel(panel: Panel): TimeseriesBuilder {
  return filled(
    new TimeseriesBuilder()
      .height(8)
      .span(PAGE / 2)
      .fillOpacity(10)
      .min(0),
    panel,
  );
}

function filled<Builder extends StatBuilder | TimeseriesBuilder>(builder: Builder, panel: Panel): Builder {
  builder.title(panel.title).unit(panel.unit).datasource(SOURCE);
  if (panel.description !== undefined) builder.description(panel.description);
  if (panel.limit !== undefined) builder.thresholds(thresholds(panel.limit));
  for (const { expr, legend } of panel.queries) {
    builder.withTarget(new DataqueryBuilder().expr(expr).legendFormat(legend));
  }
  return builder;
}

function thresholds({ value, below = false }: NonNullable<Panel["limit"]>): ThresholdsConfigBuilder {
  const steps: Threshold[] = [
    { value: null, color: below ? "red" : "green" },
    { value, color: below ? "green" : "red" },
  ];
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}
