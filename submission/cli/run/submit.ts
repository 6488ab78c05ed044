import { CustomObjectsApi } from "@kubernetes/client-node";
import { MANIFEST_DIGEST, type Workflow } from "../../compile/index.ts";
import { apiError, httpStatus } from "../../service/kubernetes/api-errors.ts";
import { workflow as workflowSchema } from "../../service/kubernetes/objects.ts";
import type { Code } from "../../spec/index.ts";
import { UserError } from "../../spec/user-error.ts";
import type { Cluster } from "./connect.ts";

const WORKFLOWS = { group: "argoproj.io", version: "v1alpha1", plural: "workflows" } as const;

/** The id is taken by a submission of another body. Nothing was created. */
export class SubmissionConflict extends UserError {
  readonly code = "submit/id-in-use" satisfies Code;
  /** Digests of the manifest that was to be created and of the one that is there. */
  readonly digests: { readonly submitted: string; readonly existing: string };

  constructor(id: string, digests: SubmissionConflict["digests"]) {
    super(
      `submission ${id} exists already and is another DAG: submitted ${digests.submitted}, existing ${digests.existing}`,
      {
        hint: "give this one an id of its own (submission_id in the runtime parameters)",
      },
    );
    this.name = "SubmissionConflict";
    this.digests = digests;
  }
}

export interface Submitted {
  readonly outcome: "created" | "already-submitted";
  readonly submissionId: string;
  readonly namespace: string;
  readonly manifestDigest: string;
}

/**
 * Creates the Workflow by one atomic create, which also claims the submission id. The same manifest again is the same submission.
 * @throws SubmissionConflict when the id is taken by another manifest; UserError when the cluster refuses it (exit code 1) or cannot
 *   be asked (2)
 */
export async function submitWorkflow(cluster: Cluster, manifest: Workflow): Promise<Submitted> {
  const api = cluster.kubeConfig.makeApiClient(CustomObjectsApi);
  const { name, namespace, annotations } = manifest.metadata;
  const manifestDigest = annotations[MANIFEST_DIGEST] ?? "";
  const submitted = { submissionId: name, namespace, manifestDigest };
  try {
    await api.createNamespacedCustomObject({
      ...WORKFLOWS,
      namespace,
      body: manifest,
      fieldManager: "orch",
      fieldValidation: "Strict",
    });
    return { ...submitted, outcome: "created" };
  } catch (error) {
    if (httpStatus(error) !== 409) throw apiError(error, `create Workflow ${namespace}/${name}`, cluster.description);
  }
  const existing = await existingDigest(api, cluster, namespace, name);
  if (existing === manifestDigest) return { ...submitted, outcome: "already-submitted" };
  throw new SubmissionConflict(name, { submitted: manifestDigest, existing: existing ?? "none (not made by orch)" });
}

async function existingDigest(
  api: CustomObjectsApi,
  cluster: Cluster,
  namespace: string,
  name: string,
): Promise<string | undefined> {
  try {
    const found = workflowSchema.parse(await api.getNamespacedCustomObject({ ...WORKFLOWS, namespace, name }));
    return found.metadata.annotations[MANIFEST_DIGEST];
  } catch (error) {
    throw apiError(error, `read Workflow ${namespace}/${name}`, cluster.description);
  }
}
