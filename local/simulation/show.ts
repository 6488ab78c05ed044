import { plainTable, tableText } from "../../submission/cli/show/run-table.ts";
import { paint, type Terminal } from "../../submission/cli/terminal.ts";
import type { Percentiles, Report } from "./report.ts";
import type { SimulationResult } from "./simulate.ts";

/** Minutes of the trace, so that the reader need not count in seconds of the simulation. */
const minutes = (value: number): string => (value < 10 ? `${value.toFixed(1)} min` : `${Math.round(value)} min`);
const percent = (value: number | undefined): string => (value === undefined ? "-" : `${Math.round(value * 100)} %`);

const pair = ({ p50, p95 }: Percentiles): string => `${minutes(p50)} / ${minutes(p95)}`;

/** Above this, the control plane adds to a wait what counts beside the two minutes that are aimed at. */
const BUSY_MINUTES = 0.5;

/** The policies' reports side by side. */
export function showResult(result: SimulationResult, terminal: Terminal): void {
  const { reports, setting } = result;
  const heading = (text: string) => terminal.out(`\n${paint("bold", text, terminal.colour)}`);
  const table = (head: readonly string[], rows: readonly (readonly string[])[]) => {
    const lines = plainTable(head, terminal.colour);
    for (const row of rows) lines.push([...row]);
    terminal.out(tableText(lines));
  };
  const names = reports.map(({ policy }) => policy.toUpperCase());

  heading(
    `Trace of seed ${result.seed}: ${setting.dags} DAGs, ${setting.nodes} nodes in ${setting.minutes} minutes, on ${setting.machines} simulated machines`,
  );
  terminal.out(
    (["cpu", "gpu"] as const)
      .map((each) => {
        const { mean, peak, peakAt } = setting.offeredLoad[each];
        return `offered load ${each}: ${percent(mean)} of the machines, at most ${percent(peak)} (minute ${peakAt})`;
      })
      .join("; "),
  );
  terminal.out(
    `${setting.interruptions} spot interruptions take ${setting.machinesTaken} machines; ${setting.scale} seconds of the trace in one; times are the trace's`,
  );

  heading("Queue wait (from a pod's creation to its start)");
  const groups = reports[0]?.waits ?? [];
  table(
    ["TEAM", "CLASS", "QOS", "PODS", ...names.flatMap((name) => [`${name} P50`, "P95"])],
    [
      ...groups.map(({ team, workClass, qos }) => {
        const own = reports.map(({ waits }) =>
          waits.find((each) => each.team === team && each.workClass === workClass && each.qos === qos),
        );
        return [
          team,
          workClass,
          qos,
          own.map((each) => each?.attempts ?? 0).join(" / "),
          ...own.flatMap((each) => [minutes(each?.p50 ?? 0), minutes(each?.p95 ?? 0)]),
        ];
      }),
      [
        "all",
        "",
        "",
        reports.map(({ queueWait }) => queueWait.attempts).join(" / "),
        ...reports.flatMap(({ queueWait }) => [minutes(queueWait.p50), minutes(queueWait.p95)]),
      ],
    ],
  );

  heading("Capacity and progress");
  const row = (title: string, of: (report: Report) => string) => [title, ...reports.map(of)];
  table(
    ["", ...names],
    [
      row("wait for admission, P50 / P95", ({ waitFor }) => pair(waitFor.admission)),
      row("wait then for a machine, P50 / P95", ({ waitFor }) => pair(waitFor.machine)),
      row(
        "batch work on spot",
        ({ spotShare: { both, cpu, gpu } }) => `${percent(both)} (cpu ${percent(cpu)}, gpu ${percent(gpu)})`,
      ),
      row("GPU packing", ({ gpuPacking }) => percent(gpuPacking)),
      row("preemptions", ({ preemptions }) => preempted(preemptions)),
      row(
        "work lost",
        ({ lostAttempts, lostShare }) => `${lostAttempts} attempts, ${(lostShare * 100).toFixed(1)} % of machine time`,
      ),
      row("makespan", ({ makespan }) => minutes(makespan)),
      row("DAG time over its shortest, P50 / P95", ({ stretch }) =>
        stretch === undefined ? "-" : `${stretch.p50.toFixed(2)} / ${stretch.p95.toFixed(2)}`,
      ),
      row(
        "DAGs succeeded / failed / unfinished",
        ({ dags }) => `${dags.succeeded} / ${dags.failed} / ${dags.unfinished}`,
      ),
      row("never started", ({ queueWait }) => String(queueWait.notStarted)),
    ],
  );

  heading("What the simulation adds");
  table(
    ["", ...names],
    [
      [
        "a pod's creation to its start, nothing else going on, P50 / P95",
        ...result.overhead.map(({ p50, p95 }) => `${minutes(p50)} / ${minutes(p95)}`),
      ],
      row("a pod ran longer than its time by, P50 / P95", ({ drift }) => pair(drift)),
      ["latest DAG was late by", ...result.lateness.map(minutes)],
    ],
  );
  for (const { policy, drift } of reports)
    if (drift.p95 > BUSY_MINUTES)
      terminal.out(
        `${policy}: this machine was too busy with other things, and ran the trace late: its waits say little about the schedule.`,
      );
  terminal.out(
    `\nSimulated: machines and what runs on them. Real: API server, Argo, Kueue, scheduler. ${Math.round(result.wallSeconds)} s in all.`,
  );
}

function preempted(preemptions: Readonly<Record<string, number>>): string {
  const parts = Object.entries(preemptions).map(([reason, count]) => `${count} ${reason}`);
  return parts.length === 0 ? "0" : parts.join(", ");
}
