import type { V1Pod } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { resourcePod } from "../../../local/cluster/runner/resource-pod.ts";

function pod(command: string[], template = '{"resource":{"action":"create"}}'): V1Pod {
  return {
    metadata: { uid: "u1", name: "run-1", namespace: "team-research", labels: { team: "research" } },
    spec: {
      serviceAccountName: "workflow",
      activeDeadlineSeconds: 30,
      initContainers: [{ name: "init", env: [{ name: "ARGO_TEMPLATE", value: template }] }],
      containers: [
        {
          name: "main",
          command: ["/var/run/argo/argoexec", "emissary", "--loglevel", "info", "--", ...command],
          env: [
            { name: "ARGO_POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
            { name: "ARGO_POD_UID", valueFrom: { fieldRef: { fieldPath: "metadata.uid" } } },
            { name: "ARGO_TEAM", valueFrom: { fieldRef: { fieldPath: "metadata.labels['team']" } } },
            { name: "ARGO_NODE_ID", value: "n1" },
            { name: "LD_PRELOAD", value: "/tmp/evil.so" },
          ],
        },
      ],
    },
  };
}

test("a resource template's pod is recognised with its action, account and deadline", () => {
  expect(resourcePod(pod(["argoexec", "resource", "create", "--loglevel", "info"]))).toMatchObject({
    namespace: "team-research",
    serviceAccount: "workflow",
    action: "create",
    argumentsAfterAction: ["--loglevel", "info"],
    deadlineSeconds: 30,
    templateOffloaded: false,
  });
});

test("references to the pod's own fields are resolved, and only Argo's variables are passed on", () => {
  expect(resourcePod(pod(["argoexec", "resource", "create"]))?.environment).toEqual({
    ARGO_TEMPLATE: '{"resource":{"action":"create"}}',
    ARGO_POD_NAME: "run-1",
    ARGO_POD_UID: "u1",
    ARGO_TEAM: "research",
    ARGO_NODE_ID: "n1",
  });
});

test("a template too large for a variable is looked for elsewhere", () => {
  expect(resourcePod(pod(["argoexec", "resource", "create"], "offloaded"))?.templateOffloaded).toBe(true);
});

test("any other pod is none of its business", () => {
  expect(resourcePod(pod(["python", "train.py"]))).toBeUndefined();
  expect(resourcePod(pod(["python", "argoexec", "resource"]))).toBeUndefined();
  expect(resourcePod({ metadata: { name: "x" }, spec: { containers: [] } })).toBeUndefined();
});

test("the executor's own account is used where the Workflow names one, the pod's where its token is projected", () => {
  const named = pod(["argoexec", "resource", "create"]);
  const volume = { name: "exec-sa-token", secret: { secretName: "argo-executor.service-account-token" } };
  expect(
    resourcePod({ ...named, spec: { ...named.spec, containers: named.spec?.containers ?? [], volumes: [volume] } }),
  ).toMatchObject({ serviceAccount: "argo-executor", ownAccount: false });
  const projected = { name: "exec-sa-token", projected: { sources: [] } };
  expect(
    resourcePod({ ...named, spec: { ...named.spec, containers: named.spec?.containers ?? [], volumes: [projected] } }),
  ).toMatchObject({ serviceAccount: "workflow", ownAccount: true });
});
