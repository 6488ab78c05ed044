import {
  AuthenticationV1Api,
  AuthorizationV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  type V1ResourceAttributes,
} from "@kubernetes/client-node";

/** A cluster seen by one of its accounts, with a token that the API server has made for it. */
export interface Account {
  readonly core: CoreV1Api;
  readonly custom: CustomObjectsApi;
}

export class Accounts {
  readonly #admin = new KubeConfig();

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
    return { core: config.makeApiClient(CoreV1Api), custom: config.makeApiClient(CustomObjectsApi) };
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
