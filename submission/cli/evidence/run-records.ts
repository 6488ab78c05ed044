import { z } from "zod";
import { apiError, httpStatus } from "../../service/kubernetes/api-errors.ts";
import { type WorkflowObject, workflow } from "../../service/kubernetes/objects.ts";
import { NoSuchRun } from "../../service/status/no-such-run.ts";
import type { RunReader, RunRecord } from "../../spec/release/index.ts";
import { UserError } from "../../spec/user-error.ts";
import type { RunPlace } from "../run/run-command.ts";

const RECIPE = "orch.dev/recipe-digest";
const OUTPUTS = "orch.dev/outputs";

/** Runs as the Workflows of a team's namespace tell. */
export function clusterRuns({ cluster, namespace }: Pick<RunPlace, "cluster" | "namespace">): RunReader {
  return {
    async run(submissionId) {
      const { CustomObjectsApi } = await import("@kubernetes/client-node");
      const api = cluster.kubeConfig.makeApiClient(CustomObjectsApi);
      const place = { group: "argoproj.io", version: "v1alpha1", plural: "workflows", namespace, name: submissionId };
      try {
        return recordOf(workflow.parse(await api.getNamespacedCustomObject(place)));
      } catch (error) {
        if (error instanceof UserError) throw error;
        if (httpStatus(error) === 404) throw new NoSuchRun(submissionId, namespace);
        throw apiError(error, `read Workflow ${namespace}/${submissionId}`, cluster.description);
      }
    },
  };
}

const listed = z.union([
  z.object({ items: z.array(workflow) }).transform(({ items }) => items),
  workflow.transform((one) => [one]),
]);

/** Runs as files have them: what `kubectl get workflow ... -o json` printed while they were there. */
export function fileRuns(files: readonly { readonly source: string; readonly text: string }[]): RunReader {
  const runs = files.flatMap(({ source, text }) => {
    try {
      return listed.parse(JSON.parse(text));
    } catch {
      throw new UserError(`${source} holds no Workflow`, { hint: "`kubectl get workflow <id> -o json` prints one" });
    }
  });
  return {
    async run(submissionId) {
      const found = runs.find(({ metadata }) => metadata.name === submissionId);
      if (found !== undefined) return recordOf(found);
      throw new UserError(`there is no run ${submissionId} in ${files.map(({ source }) => source).join(", ")}`, {
        hint: `there is ${runs.map(({ metadata }) => metadata.name).join(", ") || "none"}`,
      });
    },
  };
}

function recordOf({ metadata, status }: WorkflowObject): RunRecord {
  const { name, labels, annotations } = metadata;
  const recipeDigest = annotations[RECIPE];
  const pipelineId = labels.pipeline_id;
  if (recipeDigest === undefined || pipelineId === undefined)
    throw new UserError(`Workflow ${name} was not made by orch: it has no recipe digest`, {
      hint: "evidence is about runs of compiled DAGs: `orch submit`",
    });
  return {
    submissionId: name,
    pipelineId,
    recipeDigest,
    phase: status.phase === "" ? undefined : status.phase,
    finishedAt: status.finishedAt ?? undefined,
    outputs: annotations[OUTPUTS],
  };
}
