import { UserError } from "../../spec/user-error.ts";

export function noSuchRun(submissionId: string, namespace: string): UserError {
  return new UserError(`there is no submission ${submissionId} in namespace ${namespace}`, {
    hint: "check the id and --team; a finished run is deleted after its ttl_days",
  });
}
