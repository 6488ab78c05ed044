import { CustomObjectsApi, PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import { apiError, httpStatus } from "../../service/kubernetes/api-errors.ts";
import { workflow } from "../../service/kubernetes/objects.ts";
import { NoSuchRun } from "../../service/status/no-such-run.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { locateRun, type RunOptions } from "../run/run-command.ts";
import type { Terminal } from "../terminal.ts";

const WORKFLOWS = { group: "argoproj.io", version: "v1alpha1", plural: "workflows" } as const;
const OVER = ["Succeeded", "Failed", "Error"];

export async function cancel(
  submissionId: string,
  options: RunOptions & { readonly graceful?: boolean; readonly json?: boolean },
  terminal: Terminal,
): Promise<ExitCode> {
  const { cluster, namespace } = await locateRun(submissionId, options);
  const api = cluster.kubeConfig.makeApiClient(CustomObjectsApi);
  const place = { ...WORKFLOWS, namespace, name: submissionId };
  const tell = (outcome: "cancelling" | "finished", text: string): ExitCode => {
    terminal.out(options.json ? JSON.stringify({ submission_id: submissionId, outcome }) : text);
    return EXIT.fine;
  };
  try {
    const run = workflow.parse(await api.getNamespacedCustomObject(place));
    const phase = run.status.phase ?? "Pending";
    if (OVER.includes(phase)) return tell("finished", `${submissionId} is over already: ${phase}`);
    const shutdown = options.graceful ? "Stop" : "Terminate";
    const merge = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);
    await api.patchNamespacedCustomObject({ ...place, body: { spec: { shutdown } } }, merge);
    return tell(
      "cancelling",
      `${submissionId} is being cancelled (${shutdown}); \`orch status ${submissionId} --watch\` follows it`,
    );
  } catch (error) {
    if (httpStatus(error) === 404) throw new NoSuchRun(submissionId, namespace);
    throw apiError(error, `cancel ${submissionId}`, cluster.description);
  }
}
