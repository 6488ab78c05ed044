import type { V1EnvVar, V1Pod } from "@kubernetes/client-node";

/** What the runner needs to know of a pod to execute it. */
export interface ResourcePod {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  /** Whose token the executor holds: the pod's own account, or the one a Workflow names for its executor. */
  readonly serviceAccount: string;
  /** Whether that is the pod's own account: only then can its token be bound to the pod. */
  readonly ownAccount: boolean;
  /** What argoexec does: `create`, `apply`, `get`, `patch`, `delete`. */
  readonly action: string;
  readonly argumentsAfterAction: readonly string[];
  /** Argo's variables with references to the pod's own fields resolved. */
  readonly environment: Readonly<Record<string, string>>;
  /** The template stands in a ConfigMap of the pod's name when it is too large for a variable. */
  readonly templateOffloaded: boolean;
  readonly deadlineSeconds?: number;
}

const OFFLOADED = "offloaded";

/**
 * Undefined for every other pod. The emissary's `--` parts Argo's wrapper from the command of the template; the same
 * test stands in `stages/pods.yaml`, so that each pod is either simulated or executed.
 */
export function resourcePod(pod: V1Pod): ResourcePod | undefined {
  const main = pod.spec?.containers.find(({ name }) => name === "main");
  const wrapped = main?.command ?? [];
  const [program, subcommand, action, ...rest] = wrapped.slice(wrapped.indexOf("--") + 1);
  const { uid, name, namespace } = pod.metadata ?? {};
  if (!main || program !== "argoexec" || subcommand !== "resource" || !action || !uid || !name || !namespace) {
    return undefined;
  }
  // The init container holds ARGO_TEMPLATE, the main container all the rest.
  const init = pod.spec?.initContainers?.find((container) => container.name === "init");
  const environment = Object.fromEntries(
    [...(init?.env ?? []), ...(main.env ?? [])].flatMap((variable): [string, string][] => {
      const value = resolve(variable, pod);
      return variable.name.startsWith("ARGO_") && value !== undefined ? [[variable.name, value]] : [];
    }),
  );
  const serviceAccount = executorAccount(pod);
  return {
    uid,
    name,
    namespace,
    serviceAccount,
    ownAccount: serviceAccount === ownAccount(pod),
    action,
    argumentsAfterAction: rest,
    environment,
    templateOffloaded: environment.ARGO_TEMPLATE === OFFLOADED,
    deadlineSeconds: pod.spec?.activeDeadlineSeconds,
  };
}

/** Argo mounts an executor's account of its own as the Secret `<account>.service-account-token`; a projected token is the pod's. */
function executorAccount(pod: V1Pod): string {
  const secret = pod.spec?.volumes?.find(({ name }) => name === "exec-sa-token")?.secret?.secretName;
  const named = secret?.match(/^(.+)\.service-account-token$/)?.[1];
  return named ?? ownAccount(pod);
}

const ownAccount = (pod: V1Pod): string => pod.spec?.serviceAccountName ?? "default";

function resolve({ value, valueFrom }: V1EnvVar, pod: V1Pod): string | undefined {
  if (!valueFrom) return value ?? "";
  const path = valueFrom.fieldRef?.fieldPath;
  const { metadata, spec } = pod;
  const fields: Readonly<Record<string, string | undefined>> = {
    "metadata.name": metadata?.name,
    "metadata.namespace": metadata?.namespace,
    "metadata.uid": metadata?.uid,
    "spec.nodeName": spec?.nodeName,
    "spec.serviceAccountName": spec?.serviceAccountName,
  };
  if (path && path in fields) return fields[path];
  const keyed = path?.match(/^metadata\.(labels|annotations)\['(.+)'\]$/);
  return keyed ? metadata?.[keyed[1] as "labels" | "annotations"]?.[keyed[2] as string] : undefined;
}
