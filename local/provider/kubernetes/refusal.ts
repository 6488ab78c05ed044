import { ApiError } from "./api-server.ts";

/** Why the server refused, as far as it decides whether trying again can help. */
export type Refusal =
  | "webhook-down"
  | "namespace-missing"
  | "namespace-ending"
  | "kind-missing"
  | "conflict"
  | "immutable"
  | "other";

const WEBHOOK_DOWN =
  /connection refused|no endpoints available|EOF|context deadline exceeded|i\/o timeout|no such host|service "[^"]*" not found|x509:|connection reset|Client\.Timeout/;

export function refusalOf(error: ApiError): Refusal {
  const message = error.message;
  const causes = error.status.details?.causes ?? [];
  if (/failed calling webhook|conversion webhook for/.test(message) && WEBHOOK_DOWN.test(message))
    return "webhook-down";
  if (error.code === 404 && error.status.details?.kind === "namespaces") return "namespace-missing";
  if (error.code === 403 && causes.some((cause) => cause.reason === "NamespaceTerminating")) return "namespace-ending";
  if (error.code === 404 && (error.status.details?.name ?? "") === "") return "kind-missing";
  if (error.code === 409 && causes.some((cause) => cause.reason === "FieldManagerConflict")) return "conflict";
  if (error.code === 422 && immutableFields(error).length > 0) return "immutable";
  return "other";
}

/** How Kubernetes and its rules say that a field keeps its value; the words stand at the end of a cause. */
const IMMUTABLE =
  /(field is immutable|is immutable|may not be (changed|modified)|cannot be changed|updates to [^:]* are forbidden)[^:]*$/i;

/** The fields a 422 names as not changeable, as property paths. */
export function immutableFields(error: ApiError): string[] {
  return (error.status.details?.causes ?? [])
    .filter((cause) => IMMUTABLE.test(cause.message ?? "") && !(cause.message ?? "").includes("compilation failed"))
    .map((cause) => (cause.field ?? "").replace(/^\./, ""))
    .filter((field) => field !== "" && field !== "<nil>");
}

/** A server's message can be pages long (a CRD's rules come with their source). */
const LONGEST = 1_500;

function cut(message: string): string {
  return message.length > LONGEST
    ? `${message.slice(0, LONGEST)}... (${message.length - LONGEST} more characters)`
    : message;
}

/** The server's answer in words of the reader: which field, which manager, what to do. */
export function explain(error: unknown, what: string): string {
  return cut(explanation(error, what));
}

function explanation(error: unknown, what: string): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
  const causes = error.status.details?.causes ?? [];
  switch (refusalOf(error)) {
    case "conflict": {
      const fields = causes.map(
        (cause) => `  ${(cause.field ?? "").replace(/^\./, "")}: ${cause.message ?? "owned by another manager"}`,
      );
      return [
        `${what}: other field managers own these fields:`,
        ...new Set(fields),
        'leave the fields to them (take them out of the program), or take them over: set the annotation pulumi.com/patchForce: "true" on the resource or enablePatchForce on the provider',
      ].join("\n");
    }
    case "webhook-down":
      return `${what}: an admission webhook does not answer: ${error.message}`;
    case "immutable":
      return `${what}: ${error.message}\nfields that cannot change: ${immutableFields(error).join(", ")}; to replace the object name them in replaceOnChanges`;
    default: {
      const undeclared = /\.([\w.[\]"/-]+): field not declared in schema/.exec(error.message);
      if (undeclared !== null) return `${what}: unknown field ${undeclared[1]}`;
      if (causes.length > 1)
        return [`${what}:`, ...causes.map((cause) => `  ${cause.field ?? ""}: ${cause.message ?? ""}`)].join("\n");
      return `${what}: ${error.message}`;
    }
  }
}
