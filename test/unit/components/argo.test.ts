import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { planArgoValues } from "../../../components/workflow/argo.ts";
import { planArchive } from "../../../components/workflow/argo-archive.ts";
import { planArgoConfig } from "../../../components/workflow/argo-config.ts";
import { CONTROLLER_RULES, controllerNamespaceRules, executorRules } from "../../../components/workflow/argo-rbac.ts";
import { planSso, SERVER_RULES, serverNamespaceRules } from "../../../components/workflow/argo-server.ts";

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

  test("a Workflow that people write themselves gets no token, no rights, and an end, where that is asked for", () => {
    expect(config).not.toHaveProperty("workflowDefaults");
    expect(read(planArgoConfig({ handWritten: { ttlDays: 14 } }), "workflowDefaults").spec).toMatchObject({
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

  test("in its own namespace the controller reads the archive's secret and no other", () => {
    const secretRules = (secrets: string[]) =>
      controllerNamespaceRules(secrets).filter(({ resources }) => resources?.toString() === "secrets");
    expect(secretRules([])).toEqual([]);
    expect(secretRules(["postgres-argo"])).toEqual([
      { apiGroups: [""], resources: ["secrets"], resourceNames: ["postgres-argo"], verbs: ["get"] },
    ]);
  });

  test("the server only looks, whoever asks it", () => {
    const verbs = SERVER_RULES.flatMap((rule) => rule.verbs);
    expect([...new Set(verbs)].sort()).toEqual(["get", "list", "watch"]);
    expect(JSON.stringify(SERVER_RULES)).not.toContain("secrets");
    expect(JSON.stringify(serverNamespaceRules({ mode: "client" }, []))).not.toContain("secrets");
  });

  test("with an identity provider the server reads its client's secret and keeps its own session key", () => {
    const rules = serverNamespaceRules(SSO, ["postgres-argo"]);
    expect(rules).toContainEqual({
      apiGroups: [""],
      resources: ["secrets"],
      resourceNames: ["postgres-argo", "argo-server-sso", "sso"],
      verbs: ["get"],
    });
    expect(rules).toContainEqual({ apiGroups: [""], resources: ["secrets"], verbs: ["create"] });
  });
});

const SSO = {
  mode: "sso",
  issuer: "https://login.example.com",
  redirectUrl: "https://argo.example.com/oauth2/callback",
  secretName: "argo-server-sso",
} as const;

describe("the archive", () => {
  const archive = {
    host: "",
    port: 5432,
    database: "argo",
    secretName: "postgres-argo",
    clusterName: "orch-prod",
    ready: [],
  };

  test("is reached over TLS, with a user and a password that stand in a secret", () => {
    expect(planArchive(archive, "db.example.com").postgresql).toEqual({
      host: "db.example.com",
      port: 5432,
      database: "argo",
      tableName: "argo_workflows",
      userNameSecret: { name: "postgres-argo", key: "username" },
      passwordSecret: { name: "postgres-argo", key: "password" },
      ssl: true,
      sslMode: "require",
    });
  });

  test("keeps Workflows for 90 days unless told otherwise", () => {
    expect(planArchive(archive, "db").archiveTTL).toBe("90d");
    expect(planArchive({ ...archive, days: 7 }, "db").archiveTTL).toBe("7d");
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

  test("carry the re-queue time, 100 ms unless told otherwise", () => {
    const time = (requeueTime?: string) =>
      planArgoValues(requeueTime === undefined ? {} : { requeueTime }).controller.extraEnv;
    expect(time()).toContainEqual({ name: "DEFAULT_REQUEUE_TIME", value: "100ms" });
    expect(time("1s")).toContainEqual({ name: "DEFAULT_REQUEUE_TIME", value: "1s" });
  });

  test("a pod that is deleted stays until the controller has read how it ended, everywhere", () => {
    const capture = { name: "ARGO_POD_STATUS_CAPTURE_FINALIZER", value: "true" };
    expect(planArgoValues({}).controller.extraEnv).toContainEqual(capture);
  });

  test("run a second controller that takes over where availability is high, and one where it is not", () => {
    const replicas = (availability: "single" | "high") => planArgoValues({ availability }).controller.replicas;
    expect([replicas("single"), replicas("high")]).toEqual([1, 2]);
  });

  test("are watched where there is a Prometheus", () => {
    const { metricsConfig, serviceMonitor } = planArgoValues({ monitoring: true }).controller;
    expect([metricsConfig.enabled, serviceMonitor.enabled]).toEqual([true, true]);
  });

  test("bring the server with the asked way in and an account without write rights", () => {
    expect(planArgoValues({ server: SSO }).server).toMatchObject({
      enabled: true,
      authModes: ["sso"],
      rbac: { create: false },
      serviceAccount: { create: false, name: "argo-server" },
    });
    expect(planSso(SSO).clientSecret).toEqual({ name: "argo-server-sso", key: "client-secret" });
  });
});
