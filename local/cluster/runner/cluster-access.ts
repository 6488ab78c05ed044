import { readFileSync } from "node:fs";
import {
  CoreV1Api,
  KubeConfig,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1Pod,
  type V1PodList,
} from "@kubernetes/client-node";
import { renderKubeconfig } from "../identity/kubeconfig.ts";
import { statusOf } from "../installation/apply.ts";
import type { ResourcePod } from "./resource-pod.ts";

const RETRY_MILLIS = 500;
/** The API server hands out no token for a shorter time; a longer run gets none again, so it is an hour. */
const TOKEN_SECONDS = 3600;

/** What the runner asks of the API server, in the words of a kubelet. */
export class ClusterAccess {
  readonly #config = new KubeConfig();
  readonly #core: CoreV1Api;
  readonly #server: string;
  readonly #certificateAuthorityPem: string;

  constructor(kubeconfig: string, server: string, certificateAuthority: string) {
    this.#config.loadFromFile(kubeconfig);
    this.#core = this.#config.makeApiClient(CoreV1Api);
    this.#server = server;
    this.#certificateAuthorityPem = readFileSync(certificateAuthority, "utf8");
  }

  /** Every pod of Argo that a node was found for and that is not accounted for yet; again whenever it changes. */
  watchPods(onPod: (pod: V1Pod) => void, onGone: (uid: string) => void): Promise<void> {
    const labelSelector = "workflows.argoproj.io/completed=false";
    const list = async (): Promise<V1PodList> => this.#core.listPodForAllNamespaces({ labelSelector });
    const informer = makeInformer(this.#config, "/api/v1/pods", list, labelSelector);
    informer.on("add", onPod);
    informer.on("update", onPod);
    informer.on("delete", (pod) => onGone(pod.metadata?.uid ?? ""));
    informer.on("error", () => setTimeout(() => void informer.start().catch(() => {}), RETRY_MILLIS));
    return informer.start();
  }

  /** A kubeconfig with a token of the executor's account: an hour long, and no longer than the pod where it is the pod's own. */
  async kubeconfigFor(pod: ResourcePod): Promise<string> {
    const answer = await this.#core.createNamespacedServiceAccountToken({
      name: pod.serviceAccount,
      namespace: pod.namespace,
      body: {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: {
          audiences: [],
          expirationSeconds: TOKEN_SECONDS,
          ...(pod.ownAccount
            ? { boundObjectRef: { apiVersion: "v1", kind: "Pod", name: pod.name, uid: pod.uid } }
            : {}),
        },
      },
    });
    return renderKubeconfig({
      server: this.#server,
      certificateAuthorityPem: this.#certificateAuthorityPem,
      user: `system:serviceaccount:${pod.namespace}:${pod.serviceAccount}`,
      namespace: pod.namespace,
      credential: { token: answer.status?.token ?? "" },
    });
  }

  async offloadedTemplate(pod: ResourcePod): Promise<string> {
    const { data } = await this.#core.readNamespacedConfigMap({ name: pod.name, namespace: pod.namespace });
    return data?.ARGO_TEMPLATE ?? "";
  }

  /** Fine when the pod is gone. */
  async patchStatus(pod: ResourcePod, status: object): Promise<void> {
    const body = { metadata: { uid: pod.uid, annotations: { "orch.dev/executed": "process" } }, status };
    try {
      await this.#core.patchNamespacedPodStatus(
        { name: pod.name, namespace: pod.namespace, body },
        setHeaderOptions("Content-Type", PatchStrategy.StrategicMergePatch),
      );
    } catch (error) {
      // 409: another pod has this name by now.
      if (![404, 409].includes(statusOf(error) ?? 0)) throw error;
    }
  }

  /** The last step of a deletion, which is the kubelet's. */
  async letGo(pod: ResourcePod): Promise<void> {
    try {
      await this.#core.deleteNamespacedPod({
        name: pod.name,
        namespace: pod.namespace,
        gracePeriodSeconds: 0,
        body: { preconditions: { uid: pod.uid } },
      });
    } catch (error) {
      if (![404, 409].includes(statusOf(error) ?? 0)) throw error;
    }
  }
}
