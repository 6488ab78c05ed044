import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { UserError } from "../../submission/spec/user-error.ts";
import { keysOf } from "../configuration.ts";
import { PROJECT, parseReleases, type ReleasesConfig } from "./schema.ts";

export interface Loaded {
  readonly config: ReleasesConfig;
  /** Signed evidence by name of the release. */
  readonly evidence: Readonly<Record<string, string>>;
  /** Path of the kubeconfig, where the cluster is none of ours. */
  readonly kubeconfig: string | undefined;
}

/**
 * The stack's configuration, and the files that it names.
 *
 * @throws pulumi.RunError, which the engine shows without a stack trace
 */
export function load(env: NodeJS.ProcessEnv, folder: string): Loaded {
  try {
    const config = parseReleases(keysOf(PROJECT, pulumi.runtime.allConfig()));
    const kubeconfig = env.ORCH_KUBECONFIG || undefined;
    if (config.cluster.kind === "kubeconfig" && kubeconfig === undefined)
      throw new UserError("ORCH_KUBECONFIG is not set.", { hint: "Set it to the path of the cluster's kubeconfig." });
    return { config, evidence: readEvidenceFiles(config, folder), kubeconfig };
  } catch (error) {
    if (error instanceof UserError) throw new pulumi.RunError([error.message, error.hint].filter(Boolean).join("\n"));
    throw error;
  }
}

function readEvidenceFiles({ releases }: ReleasesConfig, folder: string): Record<string, string> {
  const read = Object.entries(releases).map(([name, { evidence }]) => {
    const path = resolve(folder, evidence);
    try {
      return { name, text: readFileSync(path, "utf8").trim() };
    } catch (error) {
      const why =
        error instanceof Error && "code" in error && error.code === "ENOENT" ? "there is no such file" : String(error);
      return { name, problem: `  ${PROJECT}:releases.${name}.evidence  ${path}: ${why}` };
    }
  });
  const problems = read.flatMap(({ problem }) => (problem === undefined ? [] : [problem]));
  if (problems.length > 0)
    throw new UserError(`Evidence is missing:\n${problems.join("\n")}`, {
      hint: "CI assembles and signs the evidence of a release; commit its file beside the stack's configuration.",
    });
  return Object.fromEntries(read.map(({ name, text }) => [name, text ?? ""]));
}
