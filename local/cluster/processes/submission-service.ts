import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { userKubeconfig } from "../identity/kubeconfig.ts";
import type { ProcessPlan, Setting } from "./process-plan.ts";

const ORCH = fileURLToPath(new URL("../../../submission/cli/orch.js", import.meta.url));

/** All roles of the submission service in one process, with the embedded audit log. */
export function submissionServicePlan({ folder, ports, credentials, server }: Setting): ProcessPlan {
  const kubeconfig = join(folder.config, "submission-service.kubeconfig");
  return {
    name: "submission-service",
    command: process.execPath,
    files: { [kubeconfig]: userKubeconfig(credentials, server, "submission-service") },
    args: [
      ORCH,
      "serve",
      "--role=all",
      `--kubeconfig=${kubeconfig}`,
      `--audit=${folder.audit}`,
      `--http-port=${ports.submission}`,
      `--grpc-port=${ports.submissionGrpc}`,
    ],
    env: { ORCH_PROFILE: folder.profile },
    port: ports.submission,
    ready: { kind: "http", url: `http://127.0.0.1:${ports.submission}/readyz` },
    // What is in hand is finished, and the audit log is written out.
    stopGraceMillis: 10_000,
  };
}
