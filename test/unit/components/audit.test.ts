import { describe, expect, test } from "vitest";
import { planClickHouse, planSchemaFiles } from "../../../components/audit/index.ts";
import { AUDIT_GRANTS, auditSchema } from "../../../submission/spec/audit/index.ts";

describe("the audit's users", () => {
  const grants = Object.values(AUDIT_GRANTS).flat();

  test("add and read, only read, or make what is missing", () => {
    expect(AUDIT_GRANTS.writer).toEqual([
      "GRANT SELECT, INSERT ON audit.events",
      "GRANT SELECT, INSERT ON audit.submissions",
    ]);
    expect(AUDIT_GRANTS.reader).toEqual(["GRANT SELECT ON audit.events", "GRANT SELECT ON audit.submissions"]);
  });

  test("cannot take a row back", () => {
    expect(grants.filter((grant) => /ALTER|DELETE|UPDATE|DROP|TRUNCATE|ALL|OPTIMIZE|GRANT OPTION/.test(grant))).toEqual(
      [],
    );
  });

  test("have their grants and passwords from the configuration, and the image's own user stays at home", () => {
    const { users } = planClickHouse({ availability: "high" }).configuration;
    expect(users["audit_writer/grants/query" as keyof typeof users]).toEqual(AUDIT_GRANTS.writer);
    expect(users["audit_writer/password" as keyof typeof users]).toEqual({
      valueFrom: { secretKeyRef: { name: "audit-writer", key: "password" } },
    });
    expect(users["default/networks/ip"]).toEqual(["127.0.0.1", "::1"]);
  });
});

describe("the audit's tables", () => {
  test("are the same on one server and on replicas but for who keeps them equal", () => {
    const columns = (statement = "") => statement.slice(statement.indexOf("(\n"), statement.indexOf("\nENGINE"));
    const single = auditSchema("single");
    const replicated = auditSchema("replicated");
    expect(single.map(columns)).toEqual(replicated.map(columns));
    expect(columns(single[1])).toContain("previous_hash");
    for (const statement of single.slice(1)) expect(statement).toContain("ENGINE = MergeTree");
    for (const statement of replicated.slice(1)) expect(statement).toContain("ENGINE = ReplicatedMergeTree");
  });

  test("are made by statements that may be repeated, one file each, in order", () => {
    const statements = auditSchema("replicated");
    expect(statements.every((statement) => statement.includes("IF NOT EXISTS"))).toBe(true);
    expect(Object.keys(planSchemaFiles(true))).toEqual(["schema.sh", "01.sql", "02.sql", "03.sql"]);
  });
});

test("servers that must agree have a keeper; a single one has none", () => {
  expect(planClickHouse({ availability: "high" }).configuration.zookeeper?.nodes).toHaveLength(1);
  expect(planClickHouse({ availability: "single" }).configuration).not.toHaveProperty("zookeeper");
});
