import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { planArgoValues } from "../../../components/workflow/argo.ts";
import { planArgoConfig } from "../../../components/workflow/argo-config.ts";
import { CONTROLLER_RULES, executorRules } from "../../../components/workflow/argo-rbac.ts";

const read = (config: Record<string, string>, key: string) => parse(config[key] ?? "null");

describe("the controller's configuration", () => {
  const config = planArgoConfig();

  test("argoexec runs confined", () => {
    expect(read(config, "executor").securityContext).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      privileged: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      runAsUser: 8737,
      seccompProfile: { type: "RuntimeDefault" },
    });
  });

  test("a Workflow that says nothing gets no token, no rights, and an end", () => {
    expect(read(config, "workflowDefaults").spec).toMatchObject({
      serviceAccountName: "argo-workflow",
      automountServiceAccountToken: false,
      executor: { serviceAccountName: "argo-executor" },
      ttlStrategy: { secondsAfterCompletion: 14 * 24 * 3600 },
    });
  });

  test("no event per node", () => {
    expect(read(config, "nodeEvents")).toEqual({ enabled: false });
  });

  test("port 0 means no metrics at all", () => {
    expect(read(planArgoConfig({ metricsPort: 0 }), "metricsConfig")).toEqual({ enabled: false });
    expect(read(config, "metricsConfig")).toMatchObject({ enabled: true, port: 9090 });
  });

  test("one knob changes one value", () => {
    const changed = planArgoConfig({ parallelism: 7 });
    expect(Object.keys(config).filter((key) => config[key] !== changed[key])).toEqual(["parallelism"]);
    expect(changed.parallelism).toBe("7");
  });

  test("logs are archived under the run's prefix without any key, and only where asked for", () => {
    expect(config).not.toHaveProperty("artifactRepository");
    const archived = planArgoConfig({ logs: { bucket: "lake", prefix: "orch", region: "eu-west-1" } });
    expect(read(archived, "artifactRepository")).toMatchObject({
      archiveLogs: true,
      s3: { bucket: "lake", keyFormat: "orch/logs/{{workflow.name}}/{{pod.name}}", useSDKCreds: true },
    });
  });
});

describe("rights", () => {
  test("the executor reports results and handles the allowed kinds, nothing else", () => {
    const rules = executorRules([
      { apiVersion: "ray.io/v1", resource: "rayjobs" },
      { apiVersion: "batch/v1", resource: "jobs" },
      { apiVersion: "ray.io/v1", resource: "rayjobs" },
    ]);
    expect(rules).toEqual([
      { apiGroups: ["argoproj.io"], resources: ["workflowtaskresults"], verbs: ["create", "patch"] },
      { apiGroups: ["batch"], resources: ["jobs"], verbs: ["create", "get", "patch", "delete"] },
      { apiGroups: ["ray.io"], resources: ["rayjobs"], verbs: ["create", "get", "patch", "delete"] },
    ]);
  });

  test("the controller reads no secret, and nothing is a wildcard", () => {
    const words = JSON.stringify(CONTROLLER_RULES);
    expect(words).not.toContain("secrets");
    expect(words).not.toContain('"*"');
  });
});

describe("the chart's values", () => {
  test("leave rights, account and configuration to the stack, and open no second door", () => {
    expect(planArgoValues({})).toMatchObject({
      controller: {
        configMap: { create: false, name: "workflow-controller-configmap" },
        rbac: { create: false },
        serviceAccount: { create: false, name: "argo-workflow-controller" },
      },
      server: { enabled: false },
    });
  });

  test("carry the re-queue time, 200 ms unless told otherwise", () => {
    const time = (requeueTime?: string) => planArgoValues({ requeueTime }).controller.extraEnv;
    expect(time()).toEqual([{ name: "DEFAULT_REQUEUE_TIME", value: "200ms" }]);
    expect(time("1s")).toEqual([{ name: "DEFAULT_REQUEUE_TIME", value: "1s" }]);
  });
});
