import { ApiException } from "@kubernetes/client-node";
import { z } from "zod";
import { UserError } from "../../spec/user-error.ts";

const kubernetesStatus = z.object({
  message: z.string(),
  reason: z.string().optional(),
  details: z
    .object({ causes: z.array(z.object({ field: z.string().optional(), message: z.string().optional() })).optional() })
    .optional(),
});

/** HTTP status of a failed request; undefined when there was no answer at all. */
export function httpStatus(error: unknown): number | undefined {
  if (error instanceof ApiException) return error.code;
  if (error instanceof Error && "statusCode" in error && typeof error.statusCode === "number") return error.statusCode;
  return undefined;
}

/** What the server said, in its own words. */
export function serverMessage(error: unknown): string {
  if (error instanceof ApiException) {
    const body: unknown = typeof error.body === "string" ? parsed(error.body) : error.body;
    const status = kubernetesStatus.safeParse(body);
    if (status.success) return status.data.message;
    return `HTTP ${error.code}`;
  }
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Refused for what it is, not for who asks: a webhook, a policy or a quota said no. */
const JUDGED = /admission webhook|ValidatingAdmissionPolicy|exceeded quota|violates PodSecurity/;

/**
 * @param doing completes "could not …", e.g. `create the Workflow`.
 * @param cluster what messages call the cluster.
 */
export function apiError(error: unknown, doing: string, cluster: string): UserError {
  const status = httpStatus(error);
  const said = serverMessage(error);
  if (status === undefined) {
    return new UserError(`could not ${doing}: ${cluster} does not answer (${said})`, {
      hint: "is it running? `orch local status` tells for the embedded environment",
      exitCode: 2,
      cause: error,
    });
  }
  if (status === 400 || status === 413 || status === 422 || (status === 403 && JUDGED.test(said))) {
    return new UserError(`could not ${doing}: ${cluster} refuses it: ${said}`, { exitCode: 1, cause: error });
  }
  const hint =
    status === 401 || status === 403
      ? "ask whoever runs the cluster for access to the team's namespace"
      : status === 404
        ? "is the platform stack applied there? `npm run pulumi -- up` does it"
        : undefined;
  return new UserError(`could not ${doing}: ${cluster} says: ${said}`, { hint, exitCode: 2, cause: error });
}
