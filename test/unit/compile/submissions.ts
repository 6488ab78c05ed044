import { type Compiled, type CompileOptions, compile } from "../../../submission/compile/index.ts";
import type { Template } from "../../../submission/compile/workflow.ts";
import { check, localProfile, type PlatformProfile, type Submission } from "../../../submission/spec/index.ts";

export const profile: PlatformProfile = localProfile();

export const PARAMS = {
  submission_id: "sub-1",
  env: "staging",
  labels: { project: "xs" },
  secrets_scope: ["s3-lake-ro"],
  ttl_days: 14,
};

/** A node whose kind needs nothing else. */
export const python = (id: string, rest: object = {}) => ({
  id,
  kind: "python_task",
  image: "ghcr.io/archetype/feature-kit:0.3.2",
  ...rest,
});

export const dagOf = (
  nodes: readonly object[],
  edges: readonly (readonly [string, string])[] = [],
  rest: object = {},
) => ({
  version: 1,
  pipeline_id: "pipe_1",
  ...rest,
  nodes,
  edges: edges.map(([from, to]) => ({ from, to })),
});

/** The submission of three documents; fails the test with the diagnostics when they do not make one. */
export function submissionOf(
  dag: object,
  params: object = {},
  refs?: object,
  using: PlatformProfile = profile,
): Submission {
  const result = check({
    dag: { text: JSON.stringify(dag), source: "dag.json" },
    params: { text: JSON.stringify({ ...PARAMS, ...params }), source: "params.json" },
    refs: refs === undefined ? undefined : { text: JSON.stringify(refs), source: "refs.json" },
    profile: using,
  });
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics, undefined, 1));
  return result.submission;
}

export function compiled(submission: Submission, options?: CompileOptions, using: PlatformProfile = profile): Compiled {
  const result = compile(submission, using, options);
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics, undefined, 1));
  return result;
}

export function templateOf({ workflow }: Compiled, name: string): Template {
  const template = workflow.spec.templates.find((each) => each.name === name);
  if (template === undefined) throw new Error(`no template ${name}`);
  return template;
}

/** The custom resource a node makes, with Argo's own tags in it as they are. */
export const manifestOf = (result: Compiled, name: string): Record<string, unknown> =>
  JSON.parse(templateOf(result, name).resource?.manifest ?? "") as Record<string, unknown>;
