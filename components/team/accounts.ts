import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import {
  type CreatedKind,
  DRIVER_ACCOUNT,
  DRIVER_RULES,
  EXECUTOR_ACCOUNT,
  executorRules,
  WORKFLOW_ACCOUNT,
} from "../workflow/index.ts";

export interface AccountsArgs {
  readonly team: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Kinds its DAGs may create. */
  readonly kinds: readonly CreatedKind[];
}

/** Main containers run without any right; argoexec with its own few, and so does what makes pods of its own. */
export function workAccounts(
  { team, namespace, labels, kinds }: AccountsArgs,
  child: pulumi.CustomResourceOptions,
): void {
  const metadata = (name: string) => ({ name, namespace, labels: { ...labels } });
  const rights = { [EXECUTOR_ACCOUNT]: executorRules(kinds), [DRIVER_ACCOUNT]: [...DRIVER_RULES] };
  for (const account of [WORKFLOW_ACCOUNT, EXECUTOR_ACCOUNT, DRIVER_ACCOUNT]) {
    new k8s.core.v1.ServiceAccount(
      `${team}-${account}`,
      // Drivers get a token as Kubernetes gives it, short-lived and bound to the pod: nothing in their operators asks for one.
      { metadata: metadata(account), automountServiceAccountToken: account === DRIVER_ACCOUNT },
      child,
    );
  }
  for (const [account, rules] of Object.entries(rights)) {
    const role = new k8s.rbac.v1.Role(`${team}-${account}`, { metadata: metadata(account), rules }, child);
    new k8s.rbac.v1.RoleBinding(
      `${team}-${account}`,
      {
        metadata: metadata(account),
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
        subjects: [{ kind: "ServiceAccount", name: account, namespace }],
      },
      child,
    );
  }
}
