import { type Compiled, type CompileResult, compile, type Forecast, type NodePlacement } from "../../compile/index.ts";
import { type Amount, type Charge, PARTS } from "../../spec/charge.ts";
import { formatBytes, type Submission } from "../../spec/index.ts";
import { checkDocuments, type SpecOptions } from "../documents.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { diagnosticsJson, inSource, showDiagnostics } from "../show/diagnostics.ts";
import { quotaTable } from "../show/quota-share.ts";
import { plainTable, tableText } from "../show/run-table.ts";
import { paint, type Terminal } from "../terminal.ts";

export interface PlanOptions extends SpecOptions {
  /** False with `--no-size-check`. */
  readonly sizeCheck: boolean;
  readonly json?: boolean;
}

/** Creates nothing and asks no cluster. */
export async function plan(dag: string, options: PlanOptions, terminal: Terminal): Promise<ExitCode> {
  const { result, profile, sources } = await checkDocuments(dag, options);
  if (!result.ok) {
    if (options.json)
      terminal.out(JSON.stringify({ ok: false, diagnostics: diagnosticsJson(result.diagnostics, dag) }, null, 2));
    else showDiagnostics(result.diagnostics, sources, terminal);
    return EXIT.input;
  }
  // What does not fit is planned all the same: the plan is where to see why.
  const checked = compile(result.submission, profile, { skipSizeCheck: !options.sizeCheck });
  const compiled = checked.ok ? checked : whole(compile(result.submission, profile, { skipSizeCheck: true }));
  const diagnostics = [...result.diagnostics, ...(checked.ok ? [] : inSource(checked.diagnostics, dag, sources))];
  if (options.json) {
    const document = {
      ok: checked.ok,
      diagnostics: diagnosticsJson(diagnostics, dag),
      ...planJson(result.submission, compiled),
    };
    terminal.out(JSON.stringify(document, null, 2));
  } else {
    showPlan(result.submission, compiled, terminal);
    if (diagnostics.length > 0) showDiagnostics(diagnostics, sources, terminal);
  }
  return checked.ok ? EXIT.fine : EXIT.input;
}

function whole(result: CompileResult): Compiled {
  if (result.ok) return result;
  throw new Error("a compilation without size check was refused for its size");
}

function planJson({ dag, params, team }: Submission, { workflow, placements, outputs, forecast, digests }: Compiled) {
  const kinds = new Map(dag.nodes.map((node) => [node.id, node]));
  return {
    submission_id: params.submissionId,
    pipeline_id: dag.pipelineId,
    team,
    namespace: workflow.metadata.namespace,
    env: params.env,
    digests,
    nodes: placements.map((placement) => {
      const node = kinds.get(placement.node);
      return {
        node: placement.node,
        kind: node?.kind,
        resources: node?.resources,
        queue: placement.queue,
        pools: placement.pools,
        flavors: placement.flavors,
        priority: placement.priority,
        reason: placement.reason,
        charge: chargeJson(placement.charge),
        quota: placement.quota.map(({ pool, nominal, borrowable }) => ({
          pool: pool.name,
          nominal: amountJson(nominal),
          borrowable: amountJson(borrowable),
        })),
        outputs: outputs.filter((output) => output.node === placement.node).map(({ name, uri }) => ({ name, uri })),
      };
    }),
    forecast: { ...forecast, accepted_up_to_nodes: forecast.largestDag, why: sizeReason(forecast) },
  };
}

const amountJson = (amount: Amount) => Object.fromEntries(PARTS.map(({ name, text }) => [name, text(amount)]));
const chargeJson = ({ work, leader }: Charge) => ({
  work: amountJson(work),
  ...(leader === undefined ? {} : { leader: amountJson(leader) }),
});

function showPlan({ dag, params, team }: Submission, compiled: Compiled, terminal: Terminal): void {
  const { placements, outputs, forecast, workflow, digests } = compiled;
  const bold = (text: string) => paint("bold", text, terminal.colour);
  terminal.out(
    `${bold(params.submissionId)}: ${dag.pipelineId}, ${dag.nodes.length} nodes, team ${team}, stage ${params.env}`,
  );
  terminal.out(`would create Workflow ${workflow.metadata.namespace}/${workflow.metadata.name}, ${digests.manifest}`);
  terminal.out("");
  terminal.out(placementTable(dag.nodes, placements, terminal.colour));
  terminal.out("");
  terminal.out(quotaTable(placements, terminal.colour));
  if (outputs.length > 0) {
    const table = plainTable(["NODE", "OUTPUT", "URI"], terminal.colour);
    for (const output of outputs) table.push([output.node, output.name, output.uri]);
    terminal.out("");
    terminal.out(tableText(table));
  }
  terminal.out("");
  terminal.out(sizeLine(forecast, dag.nodes.length));
}

function placementTable(
  nodes: Submission["dag"]["nodes"],
  placements: readonly NodePlacement[],
  colour: boolean,
): string {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const table = plainTable(
    ["NODE", "KIND", "CPU", "MEM", "GPU", "QUEUE", "POOLS, IN ORDER", "PRIORITY", "WHY"],
    colour,
  );
  for (const { node, queue, pools, priority, reason } of placements) {
    const found = byId.get(node);
    if (found === undefined) continue;
    const { cpu, mem, gpu } = found.resources;
    const devices = found.gpuSlice === undefined ? String(gpu) : `${gpu}x${found.gpuSlice}`;
    table.push([node, found.kind, cpu, mem, devices, queue, pools.join(", "), priority, reason]);
  }
  return tableText(table);
}

function sizeLine(forecast: Forecast, nodes: number): string {
  const share = Math.round((forecast.totalBytes / forecast.limitBytes) * 100);
  return [
    `size: ${formatBytes(forecast.specBytes)}B of manifest and ${formatBytes(forecast.statusBytes)}B of state when finished (forecast),`,
    `${share}% of ${formatBytes(forecast.limitBytes)}B for ${nodes} nodes.`,
    `A DAG of this shape is accepted up to about ${forecast.largestDag} nodes: ${sizeReason(forecast)}.`,
  ].join(" ");
}

function sizeReason(forecast: Forecast): string {
  return `Argo keeps manifest and state in one object and refuses more than ${formatBytes(forecast.limitBytes)}B of them`;
}
