import { describe, expect, test } from "vitest";
import { planPolicy } from "../../../components/cluster/index.ts";
import {
  icebergPermissions,
  planConnectionSql,
  planEnvironment,
  planFlinkOperatorValues,
  planMaterializeOperatorValues,
  planResourceGroups,
  planSparkOperatorValues,
  planTrinoCatalog,
  planTrinoValues,
  rolloutId,
} from "../../../components/compute/index.ts";

const rest = { kind: "rest", uri: "http://catalog.compute.svc:8181", warehouse: "s3://lake/iceberg" } as const;
const trino = {
  region: "us-east-1",
  catalog: rest,
  teams: ["research", "features"],
  coordinator: { cpu: 2, memoryGi: 8 },
  worker: { cpu: 8, memoryGi: 32 },
  workers: { min: 2, max: 6 },
  pool: "cpu",
  monitoring: true,
} as const;

describe("operators", () => {
  test("they find teams' namespaces by their label, not by a list that must exist first", () => {
    const { spark } = planSparkOperatorValues({ availability: "high", monitoring: true });
    expect(spark).toMatchObject({ jobNamespaces: [], jobNamespaceSelector: "orch.dev/team" });
    expect(planFlinkOperatorValues({ availability: "high" }).watchNamespaces).toEqual([]);
  });

  test("no webhook comes with a keystore whose password everybody knows", () => {
    expect(planFlinkOperatorValues({ availability: "high" }).webhook).toEqual({ create: false });
  });

  test("two Flink operators agree on a leader; a single one replaces its predecessor", () => {
    const settings = (availability: "high" | "single") => planFlinkOperatorValues({ availability });
    expect(settings("high").defaultConfiguration["flink-conf.yaml"]).toContain("leader-election.enabled: true");
    expect(settings("high").strategy.type).toBe("RollingUpdate");
    expect(settings("single").defaultConfiguration["flink-conf.yaml"]).not.toContain("leader-election");
    expect(settings("single").strategy.type).toBe("Recreate");
  });
});

describe("Trino", () => {
  const values = planTrinoValues(trino);

  test("its processes know each other by a secret that is not in the values", () => {
    expect(values.additionalConfigProperties).toContain(
      "internal-communication.shared-secret=${ENV:TRINO_SHARED_SECRET}",
    );
    expect(values.envFrom).toEqual([{ secretRef: { name: "trino-internal" } }]);
  });

  test("a worker that is told to go has twice its grace to finish", () => {
    const { gracefulShutdown, terminationGracePeriodSeconds } = values.worker;
    expect(gracefulShutdown.enabled).toBe(true);
    expect(terminationGracePeriodSeconds).toBe(2 * gracefulShutdown.gracePeriodSeconds);
  });

  test("it scales between its bounds, and not where they are the same", () => {
    expect(values.server).toMatchObject({ workers: 2, autoscaling: { enabled: true, maxReplicas: 6 } });
    expect(planTrinoValues({ ...trino, workers: { min: 3, max: 3 } }).server.autoscaling.enabled).toBe(false);
  });

  test("a query's memory fits its worker's heap, and the heap its container", () => {
    expect(values.worker.jvm.maxHeapSize).toBe("24G");
    expect(values.worker.config.query.maxMemoryPerNode).toBe("14GB");
    expect(values.worker.resources.limits.memory).toBe("32Gi");
  });

  test("workers run on the pool that the configuration names, spot only if it says so", () => {
    expect(values.worker.nodeSelector).toEqual({ "orch.dev/pool": "cpu" });
    expect(values.worker.tolerations).toEqual([]);
    expect(planTrinoValues({ ...trino, pool: "cpu_spot" }).worker.tolerations).toHaveLength(1);
  });

  test("lineage goes to Marquez where there is one", () => {
    expect(values).not.toHaveProperty("eventListenerProperties");
    expect(planTrinoValues({ ...trino, lineage: "http://marquez:5000" }).eventListenerProperties).toContain(
      "openlineage-event-listener.transport.url=http://marquez:5000",
    );
  });

  test("every team has a queue of its own from its first query on, without being known before", () => {
    const { rootGroups, selectors } = planResourceGroups();
    expect(rootGroups[0]?.subGroups.map(({ name }) => name)).toEqual(["${USER}"]);
    expect(selectors).toEqual([{ group: "orch.${USER}" }]);
  });
});

describe("the lake's catalog", () => {
  const aws = { region: "us-east-1", account: "111111111111" };
  const tables = { kind: "s3-tables", tableBucketArn: "arn:aws:s3tables:us-east-1:111111111111:bucket/lake" } as const;

  test("S3 Tables are signed requests to AWS", () => {
    expect(planTrinoCatalog(tables, "us-east-1").split("\n")).toEqual(
      expect.arrayContaining([
        "iceberg.rest-catalog.uri=https://s3tables.us-east-1.amazonaws.com/iceberg",
        "iceberg.rest-catalog.security=SIGV4",
      ]),
    );
  });

  test.each([rest, { kind: "glue", warehouse: "s3://lake" } as const, tables])(
    "rights on $kind name what they are on",
    (catalog) => {
      const { Statement } = planPolicy(icebergPermissions(catalog, aws));
      expect(Statement.flatMap(({ Resource }) => Resource)).not.toContain("*");
    },
  );

  test("Glue's tables take rights on the catalog, and a REST catalog's do not", () => {
    const words = (catalog: Parameters<typeof icebergPermissions>[0]) =>
      JSON.stringify(icebergPermissions(catalog, aws));
    expect(words({ kind: "glue", warehouse: "s3://lake" })).toContain("glue:UpdateTable");
    expect(words(rest)).not.toContain("glue:");
  });

  test("files outside the warehouse are nobody's business", () => {
    const [objects] = icebergPermissions(rest, aws);
    expect(objects?.resources).toEqual(["arn:aws:s3:::lake/iceberg/*"]);
  });
});

describe("Materialize", () => {
  test("a change of the environment is one that its operator acts on, and no change is none", () => {
    const one = planEnvironment({ availability: "single", memoryGi: 2 });
    const other = planEnvironment({ availability: "single", memoryGi: 4 });
    expect(rolloutId(one)).toBe(rolloutId(planEnvironment({ availability: "single", memoryGi: 2 })));
    expect(rolloutId(one)).not.toBe(rolloutId(other));
    expect(rolloutId(one)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test("the licence is checked, and nothing is told to its makers", () => {
    const values = planMaterializeOperatorValues({
      facts: { name: "x", region: "us-east-1", zones: [], apiServer: { cidrs: [], ports: [] } },
    });
    expect(values.operator.args.enableLicenseKeyChecks).toBe(true);
    expect(values.telemetry.enabled).toBe(false);
  });

  test("the connection's statements can be run again, and hold no secret", () => {
    const sql = planConnectionSql("a.svc:9093,b.svc:9093");
    const made = sql.split("\n").filter((line) => line.startsWith("CREATE"));
    expect(made.length).toBe(4);
    for (const statement of made) expect(statement).toContain("IF NOT EXISTS");
    expect(sql).toContain("BROKERS ('a.svc:9093', 'b.svc:9093')");
    expect(sql).toContain("AS :'password'");
    expect(sql).toContain("SASL_SSL");
  });
});
