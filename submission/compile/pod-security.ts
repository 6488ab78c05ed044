import type { ContainerSecurityContext, PodSecurityContext, Volume, VolumeMount } from "./workflow.ts";

/** Every pod of ours runs as this user and group; no image needs a user of its own. */
const USER = 65532;

export const POD_SECURITY: PodSecurityContext = {
  runAsNonRoot: true,
  runAsUser: USER,
  runAsGroup: USER,
  fsGroup: USER,
  seccompProfile: { type: "RuntimeDefault" },
  appArmorProfile: { type: "RuntimeDefault" },
};

export const CONTAINER_SECURITY: ContainerSecurityContext = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  privileged: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
};

const TMP: VolumeMount = { name: "orch-tmp", mountPath: "/tmp" };
const RESULT: VolumeMount = { name: "orch-result", mountPath: "/orch/result" };

export const MOUNTS: readonly VolumeMount[] = [TMP, RESULT];

/** The only places a main container can write to; a pod that exceeds them is evicted. */
export const VOLUMES: readonly Volume[] = [
  { name: TMP.name, emptyDir: { sizeLimit: "50Gi" } },
  { name: RESULT.name, emptyDir: { sizeLimit: "16Mi" } },
];

/** Seconds an executor's token lives; the kubelet renews it. */
const TOKEN_SECONDS = 3600;

const TOKEN: VolumeMount & { readonly readOnly: true } = {
  name: "orch-executor-token",
  mountPath: "/var/run/secrets/kubernetes.io/serviceaccount",
  readOnly: true,
};

/**
 * No token in any container but Argo's own, and there a short-lived one of the pod's service account. Argo's own way
 * (`executor.serviceAccountName`) mounts a long-lived Secret instead, and asks the API server for the account before each pod.
 */
const POD_PATCH = {
  automountServiceAccountToken: false,
  volumes: [
    // There when the controller's defaults name an executor account; its mounts become ours, having the same path.
    { name: "exec-sa-token", $patch: "delete" },
    {
      name: TOKEN.name,
      projected: {
        defaultMode: 0o440,
        sources: [
          { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: "token" } },
          { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
          {
            downwardAPI: {
              items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
            },
          },
        ],
      },
    },
  ],
};

const EXECUTOR_RESOURCES = {
  requests: { cpu: "10m", memory: "64Mi" },
  limits: { memory: "256Mi" },
};

/** argoexec in a read-only root needs a `/tmp`; Argo gives one to all but the init container. */
const INIT_CONTAINER = {
  name: "init",
  resources: EXECUTOR_RESOURCES,
  securityContext: CONTAINER_SECURITY,
  volumeMounts: [{ name: "tmp-dir-argo", mountPath: "/tmp", subPath: "init" }, TOKEN],
};

/**
 * Hardens the pod of a container template and Argo's own containers in it. One patch per template, none for the Workflow: Argo works
 * through the whole template once more for each.
 */
export const CONTAINER_POD_PATCH = JSON.stringify({
  ...POD_PATCH,
  initContainers: [INIT_CONTAINER],
  containers: [
    { name: "wait", resources: EXECUTOR_RESOURCES, securityContext: CONTAINER_SECURITY, volumeMounts: [TOKEN] },
  ],
});

/** The same for a `resource` template, where Argo's executor is the main container and nothing else runs. */
export const RESOURCE_POD_PATCH = JSON.stringify({
  ...POD_PATCH,
  initContainers: [INIT_CONTAINER],
  containers: [
    { name: "main", resources: EXECUTOR_RESOURCES, securityContext: CONTAINER_SECURITY, volumeMounts: [TOKEN] },
  ],
});
