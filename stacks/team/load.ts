import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { UserError } from "../../submission/spec/user-error.ts";
import { keysOf } from "../configuration.ts";
import type { PlatformContract } from "../platform-contract.ts";
import { parseTeam } from "./config.ts";
import { ofPlatform, readTeamFiles } from "./files.ts";
import { plannedPlatform, readPlatform } from "./platform.ts";
import { PROJECT } from "./project.ts";
import { SHAPE, type TeamConfig } from "./schema.ts";

export interface Loaded {
  readonly config: TeamConfig;
  readonly platform: PlatformContract;
  /** Path of the kubeconfig, where the cluster is not found in AWS. */
  readonly kubeconfig: string;
}

/**
 * The stack's configuration, the other teams' of its environment, and what the platform gives: nothing is made before all of it
 * is right.
 *
 * @throws pulumi.RunError, which the engine shows without a stack trace
 */
export async function load(env: NodeJS.ProcessEnv, folder: string): Promise<Loaded> {
  try {
    const raw = keysOf(PROJECT, pulumi.runtime.allConfig());
    const platform = await foundPlatform(raw.platform, env, folder);
    const config = parseTeam({
      stack: pulumi.getStack(),
      raw,
      others: ofPlatform(readTeamFiles(folder), raw.platform),
      platform: platform instanceof UserError ? undefined : platform,
      today: new Date().toISOString().slice(0, 10),
    });
    if (platform instanceof UserError) throw platform;
    const kubeconfig = env.ORCH_KUBECONFIG ?? "";
    if (platform.cluster.kind !== "eks" && kubeconfig === "")
      throw new UserError("ORCH_KUBECONFIG is not set.", {
        hint: "`npm run pulumi` sets it for the embedded environment; for a cluster of your own set it to the path of its kubeconfig.",
      });
    return { config, platform, kubeconfig };
  } catch (error) {
    if (error instanceof UserError) throw new pulumi.RunError([error.message, error.hint].filter(Boolean).join("\n"));
    throw error;
  }
}

/** What cannot be had of the platform is told after what is wrong in the team's own file. */
async function foundPlatform(
  reference: unknown,
  env: NodeJS.ProcessEnv,
  folder: string,
): Promise<PlatformContract | UserError> {
  const parsed = SHAPE.platform.safeParse(reference);
  if (!parsed.success) return new UserError("The platform is not known.");
  try {
    if (env.ORCH_PLATFORM !== "planned") return await readPlatform(parsed.data);
    if (!pulumi.runtime.isDryRun())
      throw new UserError("ORCH_PLATFORM=planned is for previews: a team is applied to a platform that is there.");
    return plannedPlatform(parsed.data, resolve(folder, "../.."));
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}
