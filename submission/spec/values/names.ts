/** The grammars of names. All are anchored and linear; text is bounded before it gets here. */

export const PIPELINE_ID = /^[a-z0-9][a-z0-9_-]{0,61}[a-z0-9]$/;
export const NODE_ID = /^[a-z](?:[a-z0-9_]{0,61}[a-z0-9])?$/;
/** Names of inputs, outputs and refs: they become parts of URIs and, in capitals, of environment variables. */
export const PORT_NAME = /^[a-z](?:[a-z0-9_]{0,61}[a-z0-9])?$/;
export const DNS_LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
export const DNS_SUBDOMAIN = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;
export const C_IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
const QUALIFIED_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
export const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/;
/** Scheme, then anything that is neither white space nor a control character nor quoted in a URI. */
export const URI = /^[a-z][a-z0-9+.-]*:\/\/[^\s"<>\\^`{|}\p{Cc}]+$/iu;
export const MIG_SLICE = /^[1-7]g\.[1-9]\d{0,2}gb(?:\+(?:me|gfx|me\.all))?$/;
/** One segment of a path: no slash, no `..`. */
export const MODEL_VERSION = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

/** Environment variables that the platform or Argo's executor sets. */
export const RESERVED_ENV_PREFIXES: readonly string[] = ["ORCH_", "ARGO_"];

/** Labels and annotations under these prefixes, and under any subdomain of them, are not the user's. */
export const RESERVED_LABEL_PREFIXES: readonly string[] = [
  "orch.dev",
  "workflows.argoproj.io",
  "kueue.x-k8s.io",
  "kubernetes.io",
  "k8s.io",
];
/** Plain labels that the compiler puts on the Workflow and every pod. */
export const RESERVED_LABELS: readonly string[] = ["submission_id", "pipeline_id", "node_id", "team", "env"];

/** Why a text is no label key, or undefined. */
export function labelKeyProblem(key: string): string | undefined {
  const slash = key.indexOf("/");
  if (slash >= 0) {
    const prefix = key.slice(0, slash);
    if (prefix === "" || prefix.length > 253 || !DNS_SUBDOMAIN.test(prefix))
      return "has a prefix that is no DNS subdomain";
  }
  return QUALIFIED_NAME.test(key.slice(slash + 1))
    ? undefined
    : "is not of letters, digits, - _ . (63 at most), with a letter or digit at both ends";
}

export function isReservedLabel(key: string): boolean {
  const slash = key.indexOf("/");
  if (slash < 0) return RESERVED_LABELS.includes(key);
  const prefix = key.slice(0, slash).toLowerCase();
  return RESERVED_LABEL_PREFIXES.some((each) => prefix === each || prefix.endsWith(`.${each}`));
}
