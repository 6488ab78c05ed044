import { UserError } from "../../spec/user-error.ts";

/** There is no Workflow of this id, or not any more. */
export class NoSuchRun extends UserError {
  constructor(submissionId: string, namespace: string) {
    super(`there is no submission ${submissionId} in namespace ${namespace}`, {
      hint: "check the id and --team; a finished run is deleted after its ttl_days",
    });
    this.name = "NoSuchRun";
  }
}
