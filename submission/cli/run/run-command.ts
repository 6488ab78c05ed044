import type { PlatformProfile } from "../../spec/index.ts";
import { UserError } from "../../spec/user-error.ts";
import { type Cluster, type ClusterOptions, connect } from "./connect.ts";
import { profileOfTeam, teamOf } from "./team.ts";

/** The options of every command about one run. */
export interface RunOptions extends ClusterOptions {
  readonly profile?: string;
  readonly team?: string;
}

export interface RunPlace {
  readonly cluster: Cluster;
  readonly profile: PlatformProfile;
  readonly namespace: string;
  readonly submissionId: string;
}

const SUBMISSION_ID = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Which cluster and namespace the run of this id is in. */
export async function locateRun(submissionId: string, options: RunOptions): Promise<RunPlace> {
  if (!SUBMISSION_ID.test(submissionId)) {
    throw new UserError(`${submissionId} is not a submission id`, {
      hint: "it is a DNS label of at most 63 characters",
    });
  }
  const cluster = connect(options);
  const profile = await profileOfTeam(cluster, options.profile, options.team);
  return { cluster, profile, namespace: teamOf(profile, options.team).namespace, submissionId };
}
