import type { Submission } from "../spec/index.ts";

/** An output of a node and where it will be; known before the run. */
export interface Output {
  readonly node: string;
  readonly name: string;
  readonly uri: string;
}

/** Where what is named stands: `base` is shared by the whole submission, `rest` differs from one to the next. */
export interface Place {
  readonly base: string;
  readonly rest: string;
}

export const uriOf = (place: Place): string => place.base + place.rest;

/** Everything of a submission that has no better place: `s3://artifacts/runs/{submission_id}/`. */
export const runBase = (submissionId: string, storage: string): string => `${storage}/runs/${submissionId}/`;

/** Where an output stands. `base` is the submission's `runBase`. */
export function placeOf(submission: Submission, storage: string, base: string, nodeId: string, name: string): Place {
  const { submissionId } = submission.params;
  if (name === "model_uri") {
    const version = submission.refs.modelVersion ?? submissionId;
    return { base: "", rest: `${storage}/models/${submission.dag.pipelineId}/${version}/model.bin` };
  }
  if (name === "metrics_json") return { base: "", rest: `${storage}/reports/${submissionId}/metrics.json` };
  return { base, rest: `${nodeId}/${name}` };
}
