import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { type Chart, chartSource } from "./charts.ts";

export interface ChartReleaseArgs {
  readonly chart: Chart;
  /** Name of the release; fixed, because charts name their objects after it. Default: the chart's name. */
  readonly release?: string;
  /** It must exist: depend on it. */
  readonly namespace: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** One address that holds all charts. Default: the chart's own repository. */
  readonly mirror?: string;
  /** Seconds until everything in it must be ready. Default: 600. */
  readonly timeout?: number;
  /** Wait until it is ready; not for what gets ready by a later step. Default: true. */
  readonly wait?: boolean;
}

/**
 * A system from its pinned chart: all of it comes up, or nothing stays. Hooks run, and the first preview works before there is
 * a cluster.
 */
export function chartRelease(
  name: string,
  args: ChartReleaseArgs,
  opts: pulumi.CustomResourceOptions & { provider: k8s.Provider },
): k8s.helm.v3.Release {
  return new k8s.helm.v3.Release(
    name,
    {
      name: args.release ?? args.chart.name,
      ...chartSource(args.chart, args.mirror),
      namespace: args.namespace,
      values: { ...args.values },
      atomic: args.wait ?? true,
      ...(args.wait === false ? { skipAwait: true } : {}),
      timeout: args.timeout ?? 600,
    },
    opts,
  );
}
