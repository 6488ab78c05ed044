import type { PlatformProfile } from "../../spec/index.ts";
import type { NodeResult } from "../../spec/result.ts";
import type { AuditLog } from "../audit/log.ts";
import { backgroundOf } from "../status/facts.ts";
import type { NodeStatus, StatusReader } from "../status/status.ts";
import { runId } from "./events.ts";
import { type DatasetUse, lineageGraph } from "./graph.ts";
import type { LineageReader, SubmissionLineage } from "./lineage.ts";
import type { ReadResult } from "./result.ts";

export interface RunLineageOptions {
  readonly audit: Pick<AuditLog, "record">;
  readonly profile: PlatformProfile;
  readonly status: StatusReader;
  readonly readResult: ReadResult;
}

/** From the submission itself and how far it is: no lineage store need be asked. */
export class RunLineage implements LineageReader {
  readonly #options: RunLineageOptions;

  constructor(options: RunLineageOptions) {
    this.#options = options;
  }

  async lineage(submissionId: string): Promise<SubmissionLineage | undefined> {
    const { audit, profile, status, readResult } = this.#options;
    const background = await backgroundOf(submissionId, audit, profile);
    if (background === undefined) return undefined;
    const { record } = background;
    const graph = lineageGraph(background);
    const states = new Map((await status.status(submissionId))?.nodes.map((node) => [node.node, node.state]));
    const runs = graph.nodes.map(async ({ node, inputs, outputs }) => {
      const state = states.get(node);
      const left = state === "Succeeded" ? await readResult(record, node) : undefined;
      const result = left !== undefined && "read" in left ? left.read : undefined;
      return {
        node,
        run_id: runId(submissionId, node),
        job: `${graph.pipelineId}.${node}`,
        state: EVENT_OF[state ?? "Waiting"],
        inputs: inputs.map((use) => dataset(use, result?.inputs)),
        outputs: outputs.map((use) => dataset(use, result?.outputs)),
      };
    });
    return {
      submission_id: submissionId,
      pipeline_id: graph.pipelineId,
      run_id: runId(submissionId),
      runs: await Promise.all(runs),
      edges: graph.nodes.flatMap(({ node, upstream }) => upstream.map((from) => ({ from, to: node }))),
    };
  }
}

const EVENT_OF: Readonly<Record<NodeStatus["state"], string>> = {
  Waiting: "WAITING",
  Queued: "WAITING",
  Scheduling: "WAITING",
  Running: "RUNNING",
  Succeeded: "COMPLETE",
  Failed: "FAIL",
  Error: "FAIL",
  Skipped: "ABORT",
  Kept: "COMPLETE",
};

function dataset(use: DatasetUse, results: NodeResult["outputs"]) {
  const known = results?.[use.name];
  const version = known?.snapshot ?? (known?.sha256 === undefined ? use.snapshot : `sha256:${known.sha256}`);
  return {
    name: use.name,
    uri: use.uri,
    ...(version === undefined ? {} : { version }),
    ...(use.writtenBy === undefined ? {} : { submission_id: use.writtenBy }),
  };
}
