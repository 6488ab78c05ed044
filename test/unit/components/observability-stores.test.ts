import { describe, expect, test } from "vitest";
import { planPolicy } from "../../../components/cluster/index.ts";
import {
  planGrafanaValues,
  planLokiValues,
  planMarquezConfig,
  planMarquezPods,
  planPrometheusValues,
  planScrapeEgress,
  planTempoValues,
  storePermissions,
} from "../../../components/observability/index.ts";
import { pulumiText } from "./pulumi-text.ts";

const store = {
  bucket: "platform",
  arn: "arn:aws:s3:::platform",
  keyArn: "arn:aws:kms:us-east-1:1:key/k",
  region: "us-east-1",
  prefix: "loki",
};
const settings = { retentionDays: 30, storageGiB: 100, clusterName: "orch-prod" };

describe("Prometheus", () => {
  const high = planPrometheusValues({ ...settings, availability: "high" });
  const single = planPrometheusValues({ ...settings, availability: "single" });

  test("highly available, two scrape the same and one of them always runs", () => {
    expect(high.prometheus.prometheusSpec.replicas).toBe(2);
    expect(high.prometheus.podDisruptionBudget).toEqual({ enabled: true, minAvailable: 1 });
    expect(single.prometheus.prometheusSpec.replicas).toBe(1);
    expect(single.prometheus.podDisruptionBudget.enabled).toBe(false);
  });

  test("samples go before the disk is full", () => {
    expect(high.prometheus.prometheusSpec.retentionSize).toBe("90GiB");
    expect(high.prometheus.prometheusSpec.retention).toBe("30d");
  });

  test("monitors count wherever they are", () => {
    expect(high.prometheus.prometheusSpec).toMatchObject({
      serviceMonitorSelectorNilUsesHelmValues: false,
      podMonitorSelectorNilUsesHelmValues: false,
      ruleSelectorNilUsesHelmValues: false,
    });
  });

  test("nodes can be told apart by how they were bought, or there is no spot share", () => {
    expect(high["kube-state-metrics"].metricLabelsAllowlist[0]).toContain("orch.dev/capacity");
  });

  test("alerts go to the webhook, but not those that are for machines", () => {
    const { config } = planPrometheusValues({
      ...settings,
      availability: "single",
      alertWebhook: "http://pager/x",
    }).alertmanager;
    expect(config).toMatchObject({
      route: { receiver: "webhook", routes: [{ receiver: "null" }] },
      receivers: [{ name: "null" }, { name: "webhook", webhook_configs: [{ url: "http://pager/x" }] }],
    });
    expect(single.alertmanager.config).toEqual({ receivers: [{ name: "null" }] });
  });

  test("only Prometheus' own pods may open connections to all others", () => {
    const policy = planScrapeEgress(["10.60.0.0/16"]);
    expect(policy.podSelector).toEqual({ matchLabels: { "app.kubernetes.io/name": "prometheus" } });
    expect(policy.policyTypes).toEqual(["Egress"]);
  });
});

describe("Loki and Tempo", () => {
  const loki = { ...settings, availability: "high", monitoring: true } as const;

  test("with a bucket, three copies share what is below the system's prefix", () => {
    const values = planLokiValues({ ...loki, store });
    expect(values.singleBinary.replicas).toBe(3);
    expect(values.loki.storage).toMatchObject({
      bucketNames: { chunks: "platform" },
      object_store: { storage_prefix: "loki" },
    });
  });

  test("without a bucket there is one copy: three disks would hold three different thirds", () => {
    const values = planLokiValues(loki);
    expect(values.singleBinary.replicas).toBe(1);
    expect(values.loki.commonConfig.replication_factor).toBe(1);
    expect(values.loki.schemaConfig.configs[0]?.object_store).toBe("filesystem");
  });

  test("lines are deleted when their time is over", () => {
    const values = planLokiValues({ ...loki, store });
    expect(values.loki.limits_config.retention_period).toBe("720h");
    expect(values.loki.compactor.retention_enabled).toBe(true);
  });

  test("traces lie below their own prefix, and nothing but OTLP is listened to", () => {
    const values = planTempoValues({
      availability: "high",
      retentionDays: 7,
      storageGiB: 10,
      monitoring: true,
      store: { ...store, prefix: "tempo" },
    });
    expect(values.tempo.storage.trace).toMatchObject({ backend: "s3", s3: { bucket: "platform", prefix: "tempo" } });
    expect(values.tempo.receivers.jaeger).toBeNull();
  });

  test("their rights end at their prefix", () => {
    const policy = planPolicy(storePermissions(store));
    const objects = policy.Statement.filter(({ Action }) => Action.some((action) => action.endsWith("Object")));
    expect(objects.flatMap(({ Resource }) => Resource)).toEqual(objects.map(() => "arn:aws:s3:::platform/loki/*"));
    expect(objects.length).toBeGreaterThan(0);
  });

  test("they may list the prefix itself: Tempo asks for it without a slash when it starts", () => {
    expect(storePermissions({ ...store, prefix: "tempo" })).toContainEqual({
      actions: ["s3:ListBucket"],
      resources: ["arn:aws:s3:::platform"],
      conditions: { StringEquals: { "s3:prefix": "tempo" } },
    });
  });
});

describe("Grafana", () => {
  const sources = { prometheus: true, loki: true, tempo: true };
  const database = { host: "db.local", port: 5432, database: "grafana", secretName: "grafana-database" };

  test("no password is in its values", () => {
    const text = pulumiText(planGrafanaValues({ availability: "high", sources, monitoring: true }, database));
    expect(text).not.toMatch(/adminPassword/);
    expect(text).toContain('"existingSecret":"grafana-admin"');
    expect(text).toContain('"GF_DATABASE_PASSWORD":{"secretKeyRef"');
  });

  test("there is a second replica only where both know the same users", () => {
    expect(planGrafanaValues({ availability: "high", sources, monitoring: true }, database).replicas).toBe(2);
    expect(planGrafanaValues({ availability: "high", sources, monitoring: true }).replicas).toBe(1);
  });

  test("it asks only what is installed", () => {
    const values = planGrafanaValues({
      availability: "single",
      sources: { ...sources, tempo: false },
      monitoring: true,
    });
    const types = values.datasources["datasources.yaml"].datasources.map(({ type }) => type);
    expect(types).toEqual(["prometheus", "alertmanager", "loki"]);
  });

  test("nobody looks without logging in", () => {
    const values = planGrafanaValues({ availability: "single", sources, monitoring: true });
    expect(values["grafana.ini"]).toMatchObject({
      "auth.anonymous": { enabled: false },
      users: { allow_sign_up: false },
    });
  });
});

describe("Marquez", () => {
  test("its configuration names its password and does not hold it", () => {
    expect(planMarquezConfig()).toContain("password: ${POSTGRES_PASSWORD}");
    expect(planMarquezConfig()).toContain("sslmode=require");
  });

  test("the login comes from the database's secret", () => {
    const pods = planMarquezPods({ database: { host: "db", port: 5432, database: "marquez" } }, "postgres-marquez");
    expect(JSON.stringify(pods)).toContain(
      '{"name":"POSTGRES_PASSWORD","valueFrom":{"secretKeyRef":{"name":"postgres-marquez","key":"password"}}}',
    );
  });
});
