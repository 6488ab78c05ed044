import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { planAutoscalerValues } from "../../../components/cluster/cluster-autoscaler.ts";
import { planKueueConfig, planKueueValues } from "../../../components/workflow/kueue.ts";

describe("Kueue", () => {
  test("manages teams' namespaces only, so that the platform starts without it", () => {
    expect(planKueueConfig().managedJobsNamespaceSelector).toEqual({
      matchExpressions: [{ key: "orch.dev/team", operator: "Exists" }],
    });
  });

  test("knows Spark applications behind their gate", () => {
    expect(planKueueConfig().integrations.frameworks).toContain("sparkoperator.k8s.io/sparkapplication");
    expect(planKueueValues().controllerManager.featureGates).toEqual([
      { name: "SparkApplicationIntegration", enabled: true },
    ]);
  });

  test("takes the quota back from what has no machine when the autoscaler has given up, and takes away what waits for one", () => {
    const { waitForPodsReady, objectRetentionPolicies } = planKueueConfig();
    const { extraArgs } = planAutoscalerValues({ clusterName: "c", region: "r", availability: "single" });
    expect(waitForPodsReady.timeout).toBe(extraArgs["max-node-provision-time"]);
    expect(waitForPodsReady.blockAdmission).toBe(false);
    // Without the second, what is given up on would stay suspended, and be waited for in vain.
    expect(waitForPodsReady.requeuingStrategy.backoffLimitCount).toBe(0);
    expect(objectRetentionPolicies.workloads.afterDeactivatedByKueue).toBe("0s");
  });

  test("copies to a workload whose it is, so that a run's are found without their owners", () => {
    expect(planKueueConfig().integrations.labelKeysToCopy).toEqual(["submission_id", "node_id"]);
  });

  test("gets its configuration as a file of its own", () => {
    expect(parse(planKueueValues().managerConfig.controllerManagerConfigYaml)).toEqual(planKueueConfig());
  });

  test("runs released images, not those of the development branch that its chart names", () => {
    expect(planKueueValues().controllerManager.manager.image).toMatchObject({
      repository: "registry.k8s.io/kueue/kueue",
      tag: "v0.19.2",
    });
  });

  test("is one where it may be down for a moment, and two with a budget where not", () => {
    const { replicas, podDisruptionBudget } = planKueueValues({ availability: "high" }).controllerManager;
    expect([replicas, podDisruptionBudget.enabled]).toEqual([2, true]);
    // A budget of one would keep its node from being drained for good.
    const single = planKueueValues({ availability: "single" }).controllerManager;
    expect([single.replicas, single.podDisruptionBudget.enabled]).toEqual([1, false]);
  });

  test("is read by the Prometheus that is there, and opens nothing where there is none", () => {
    expect(planKueueValues().enablePrometheus).toBe(false);
    expect(planKueueValues({ monitoredFrom: "monitoring" })).toMatchObject({
      enablePrometheus: true,
      metrics: { prometheusNamespace: "monitoring" },
    });
  });
});
