import {
  AuthenticationV1Api,
  AuthorizationV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  RbacAuthorizationV1Api,
  type V1ResourceAttributes,
} from "@kubernetes/client-node";

/** A cluster seen by one of its accounts, with a token that the API server has made for it. */
export interface Account {
  readonly core: CoreV1Api;
  readonly custom: CustomObjectsApi;
  /** Text of a kubeconfig with the token. */
  readonly kubeconfig: string;
}

/** Where members of groups have their accounts. */
const MEMBERS = "default";

export class Accounts {
  readonly #admin = new KubeConfig();
  readonly #members: string[] = [];

  constructor(kubeconfig: string) {
    this.#admin.loadFromFile(kubeconfig);
  }

  /** Short-lived, and good for nothing but this API server. */
  async login(namespace: string, name: string): Promise<Account> {
    const { status } = await this.#admin.makeApiClient(CoreV1Api).createNamespacedServiceAccountToken({
      name,
      namespace,
      body: {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: { audiences: ["https://kubernetes.default.svc"], expirationSeconds: 600 },
      },
    });
    const cluster = this.#admin.getCurrentCluster();
    if (status?.token === undefined || cluster === null) throw new Error("no token was made");
    const config = new KubeConfig();
    config.loadFromOptions({
      clusters: [cluster],
      users: [{ name, token: status.token }],
      contexts: [{ name, cluster: cluster.name, user: name }],
      currentContext: name,
    });
    await this.#isWho(status.token, `system:serviceaccount:${namespace}:${name}`);
    return {
      core: config.makeApiClient(CoreV1Api),
      custom: config.makeApiClient(CustomObjectsApi),
      kubeconfig: config.exportConfig(),
    };
  }

  /**
   * A token with the rights of a group's members and no others. The environment has no identity provider that would put a person into a
   * group, so it is an account's, with a binding beside each of the group's that the stacks made.
   */
  async loginAs(group: string): Promise<Account> {
    const account = `member-of-${group}`;
    await this.#admin
      .makeApiClient(CoreV1Api)
      .createNamespacedServiceAccount({ namespace: MEMBERS, body: { metadata: { name: account } } });
    this.#members.push(account);
    const rbac = this.#admin.makeApiClient(RbacAuthorizationV1Api);
    const metadata = { generateName: `${account}-`, labels: { [MEMBER_LABEL]: account } };
    const subjects = [{ kind: "ServiceAccount", name: account, namespace: MEMBERS }];
    for (const bound of (await rbac.listRoleBindingForAllNamespaces()).items) {
      if (!isBound(bound, group)) continue;
      const namespace = bound.metadata?.namespace ?? "";
      await rbac.createNamespacedRoleBinding({ namespace, body: { metadata, subjects, roleRef: bound.roleRef } });
    }
    for (const bound of (await rbac.listClusterRoleBinding()).items)
      if (isBound(bound, group))
        await rbac.createClusterRoleBinding({ body: { metadata, subjects, roleRef: bound.roleRef } });
    return this.login(MEMBERS, account);
  }

  /** Takes away the accounts of members, and their rights. */
  async clear(): Promise<void> {
    const rbac = this.#admin.makeApiClient(RbacAuthorizationV1Api);
    for (const name of this.#members.splice(0)) {
      const labelSelector = `${MEMBER_LABEL}=${name}`;
      for (const { metadata } of (await rbac.listRoleBindingForAllNamespaces({ labelSelector })).items)
        await rbac.deleteNamespacedRoleBinding({ namespace: metadata?.namespace ?? "", name: metadata?.name ?? "" });
      await rbac.deleteCollectionClusterRoleBinding({ labelSelector });
      await this.#admin.makeApiClient(CoreV1Api).deleteNamespacedServiceAccount({ namespace: MEMBERS, name });
    }
  }

  /** So that a refusal below is one of rights and not of a token that nobody knows. */
  async #isWho(token: string, wanted: string): Promise<void> {
    const { status } = await this.#admin.makeApiClient(AuthenticationV1Api).createTokenReview({
      body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } },
    });
    if (status?.user?.username !== wanted) throw new Error(`the token is ${status?.user?.username}'s, not ${wanted}'s`);
  }

  /** What the API server would let a member of a group do. */
  async mayGroup(group: string, resourceAttributes: V1ResourceAttributes): Promise<boolean> {
    const { status } = await this.#admin.makeApiClient(AuthorizationV1Api).createSubjectAccessReview({
      body: {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SubjectAccessReview",
        spec: { user: "somebody@archetype.example", groups: [group, "system:authenticated"], resourceAttributes },
      },
    });
    return status?.allowed ?? false;
  }
}

const MEMBER_LABEL = "orch.dev/test-member";

const isBound = ({ subjects }: { subjects?: { kind: string; name: string }[] }, group: string): boolean =>
  subjects?.some(({ kind, name }) => kind === "Group" && name === group) === true;

/** How the API server answered: `granted`, or the code and the reason of its refusal. */
export async function answer(asked: Promise<unknown>): Promise<string> {
  try {
    await asked;
    return "granted";
  } catch (error) {
    if (!(error instanceof Error && "code" in error && "body" in error)) throw error;
    return `${error.code}: ${String(error.body)}`;
  }
}
