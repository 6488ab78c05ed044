import type { V1Container, V1Pod } from "@kubernetes/client-node";
import { describe, expect, inject, it } from "vitest";
import { Cluster, compiledDag, profile } from "./compile-cluster.ts";

const TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";

describe("the pods Argo makes of a compiled Workflow", () => {
  const cluster = new Cluster(inject("kubeconfig"));
  const small = { resources: { cpu: "1", mem: "1Gi" } };
  const { workflow } = compiledDag({
    nodes: [
      { id: "task", kind: "python_task", image: "ghcr.io/archetype/feature-kit:0.3.2", ...small },
      { id: "ray", kind: "ray_job", image: "ghcr.io/archetype/trainers:0.8.1", ...small },
    ],
    edges: [],
  });

  async function pods(): Promise<{ task: V1Pod; ray: V1Pod }> {
    const { name } = workflow.metadata;
    await cluster.submit(workflow).catch((error: { code?: number }) => {
      if (error.code !== 409) throw error;
    });
    return cluster.until(async () => {
      const found = await cluster.pods(name);
      const of = (id: string) => found.find(({ metadata }) => metadata?.labels?.node_id === id);
      const [task, ray] = [of("task"), of("ray")];
      return task === undefined || ray === undefined ? undefined : { task, ray };
    }, "both pods");
  }

  const containers = ({ spec }: V1Pod): readonly V1Container[] => [
    ...(spec?.initContainers ?? []),
    ...(spec?.containers ?? []),
  ];
  const mountsOf = (pod: V1Pod): Record<string, boolean> =>
    Object.fromEntries(
      containers(pod).map(({ name, volumeMounts }) => [
        name,
        (volumeMounts ?? []).some(({ mountPath }) => mountPath === TOKEN_PATH),
      ]),
    );

  it("hold a short-lived token where Argo's executor runs, and nowhere else", async () => {
    const { task, ray } = await pods();
    expect(mountsOf(task)).toEqual({ init: true, wait: true, main: false });
    expect(mountsOf(ray)).toEqual({ init: true, main: true });
    for (const { spec } of [task, ray]) {
      expect(spec?.automountServiceAccountToken).toBe(false);
      expect(spec?.serviceAccountName).toBe(profile.teams.research?.executorServiceAccount);
      expect(spec?.volumes?.filter(({ secret }) => secret !== undefined)).toEqual([]);
      const token = spec?.volumes
        ?.flatMap(({ projected }) => projected?.sources ?? [])
        .find((each) => each.serviceAccountToken !== undefined);
      expect(token?.serviceAccountToken?.expirationSeconds).toBe(3600);
    }
  });

  it("run without root, privileges, capabilities or a writable root, every container of them", async () => {
    const { task, ray } = await pods();
    for (const pod of [task, ray]) {
      expect(pod.spec?.securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 65532,
        seccompProfile: { type: "RuntimeDefault" },
        appArmorProfile: { type: "RuntimeDefault" },
      });
      for (const { securityContext } of containers(pod)) {
        expect(securityContext).toMatchObject({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          runAsNonRoot: true,
          capabilities: { drop: ["ALL"] },
        });
      }
    }
  });

  it("wait in Kueue's queue, except Argo's waiter for a custom resource", async () => {
    const { task, ray } = await pods();
    expect(task.metadata?.labels?.["kueue.x-k8s.io/queue-name"]).toBe("cpu");
    expect(ray.metadata?.labels?.["kueue.x-k8s.io/queue-name"]).toBeUndefined();
    expect(task.spec?.activeDeadlineSeconds).toBe(24 * 3600);
    await cluster.remove(workflow);
  });
});
