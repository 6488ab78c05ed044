import { readFile } from "node:fs/promises";
import { reach } from "../../submission/cli/service/address.ts";
import { type ServiceClient, ServiceProblem, withService } from "../../submission/cli/service/client.ts";
import { showProgress } from "../../submission/cli/show/progress.ts";
import type { Terminal } from "../../submission/cli/terminal.ts";
import type { SubmissionStatus } from "../../submission/service/status/status.ts";

const DAG = "submission/samples/bt_xs_bilstm_v1.yaml";
const PARAMS = "submission/samples/runtime_params.json";

/**
 * Submits the sample through the service under its own id, or the first free one after it where an earlier start has used that, and
 * follows it.
 *
 * @returns undefined when interrupted before anything was seen
 */
export async function runSample(
  stateDir: string,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<SubmissionStatus | undefined> {
  return await withService(await reach({ state: stateDir }), undefined, async (client) => {
    const id = await submitUnderFreeId(client);
    return await showProgress(client.follow(id, signal), terminal);
  });
}

async function submitUnderFreeId(client: ServiceClient): Promise<string> {
  const [dag, paramsText] = await Promise.all([read(DAG), read(PARAMS)]);
  const params: unknown = JSON.parse(paramsText);
  if (typeof params !== "object" || params === null || !("submission_id" in params))
    throw new Error(`${PARAMS} names no submission_id`);
  for (let start = 1; ; start += 1) {
    const id = start === 1 ? String(params.submission_id) : `${params.submission_id}-${start}`;
    if (await isTaken(client, id)) continue;
    const runtime_params = JSON.stringify({ ...params, submission_id: id });
    return (await client.submit({ dag_spec: dag, runtime_params })).submission_id;
  }
}

async function isTaken(client: ServiceClient, id: string): Promise<boolean> {
  try {
    await client.status(id);
    return true;
  } catch (error) {
    if (error instanceof ServiceProblem && error.problem.status === 404) return false;
    throw error;
  }
}

function read(path: string): Promise<string> {
  return readFile(new URL(`../../${path}`, import.meta.url), "utf8");
}
