import { ApiException } from "@kubernetes/client-node";
import { z } from "zod";
import { Unavailable } from "../unavailable.ts";
import { httpStatus, serverMessage } from "./api-errors.ts";
import { Refused } from "./workflows.ts";

/** Refused for what it is, not for who asks: a webhook or a policy said no. A quota may have room later. */
const JUDGED = /admission webhook .* denied|ValidatingAdmissionPolicy|violates PodSecurity/;

/**
 * What a failed request means to whoever asked for it: `Refused` where asking again cannot help, else `Unavailable`.
 * @param doing completes "could not ...", e.g. `create Workflow team-research/run-1`
 */
export function failure(error: unknown, doing: string): Refused | Unavailable {
  const status = httpStatus(error);
  const said = serverMessage(error);
  if (status === undefined) {
    return new Unavailable("kubernetes", `could not ${doing}: the API server does not answer (${said})`, {
      cause: error,
    });
  }
  const message = `could not ${doing}: the API server says: ${said}`;
  if (status === 400 || status === 413 || status === 422 || (status === 403 && JUDGED.test(said))) {
    return new Refused(message, { cause: error });
  }
  return new Unavailable("kubernetes", message, { cause: error, ...retryAfter(error) });
}

function retryAfter(error: unknown): { retryAfterSeconds?: number } {
  if (!(error instanceof ApiException)) return {};
  const seconds = z.coerce.number().int().min(1).max(60).safeParse(error.headers["retry-after"]);
  return seconds.success ? { retryAfterSeconds: seconds.data } : {};
}
