import type { PlatformProfile } from "../spec/index.ts";
import type { Context } from "./context.ts";
import { runBase } from "./outputs.ts";
import type { Template } from "./workflow.ts";

/** Where a container of Argo's may write what is only known at run time (snapshot id, hash, metrics), as JSON. */
export const RESULT_PATH = "/orch/result/result.json";

/** Where a result is kept. */
export interface ResultObject {
  readonly bucket: string;
  readonly key: string;
}

/**
 * Where a node's result is kept: `{run}/{node_id}/result.json`. Undefined where the platform's storage is no bucket.
 *
 * @param nodeId or the tag that stands for it
 */
export function resultObject(
  { uri }: Pick<PlatformProfile["storage"], "uri">,
  submissionId: string,
  nodeId: string,
): ResultObject | undefined {
  const bucket = /^s3:\/\/([^/]+)/.exec(uri)?.[1];
  if (bucket === undefined) return undefined;
  return { bucket, key: `${runBase(submissionId, uri).slice(`s3://${bucket}/`.length)}${nodeId}/result.json` };
}

/**
 * Where a job that runs in pods of its operator writes its result itself: Argo, which brings files to the bucket, is not in them. Its pods
 * have the rights of the team's accounts, which write below `runs/`. Undefined where the platform's storage is no bucket.
 */
export function resultUri({ submission, profile }: Context, nodeId: string): string | undefined {
  const object = resultObject(profile.storage, submission.params.submissionId, nodeId);
  return object === undefined ? undefined : `s3://${object.bucket}/${object.key}`;
}

/**
 * The result comes back as an artifact. Not as a parameter: a parameter is never optional in Argo (a
 * node that wrote none would not succeed until one is reported), and its text would count against the size of the Workflow.
 *
 * @param nodeId or the tag that stands for it
 */
export function resultOutput({ submission, profile }: Context, nodeId: string): Pick<Template, "outputs"> {
  const { region } = profile.storage;
  const object = resultObject(profile.storage, submission.params.submissionId, nodeId);
  if (object === undefined) return {};
  return {
    outputs: {
      artifacts: [
        {
          name: "result",
          path: RESULT_PATH,
          optional: true,
          archive: { none: {} },
          s3: {
            endpoint: `s3.${region}.amazonaws.com`,
            bucket: object.bucket,
            region,
            useSDKCreds: true,
            key: object.key,
          },
        },
      ],
    },
  };
}
