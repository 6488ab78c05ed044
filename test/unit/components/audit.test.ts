import { describe, expect, test } from "vitest";
import { AUDIT_GRANTS, auditSchema, planClickHouse, planSchemaFiles } from "../../../components/audit/index.ts";

describe("the audit's users", () => {
  const grants = Object.values(AUDIT_GRANTS).flat();

  test("write, read, or make what is missing: one right each", () => {
    expect(AUDIT_GRANTS.writer).toEqual(["GRANT INSERT ON audit.events"]);
    expect(AUDIT_GRANTS.reader).toEqual(["GRANT SELECT ON audit.events"]);
  });

  test("cannot take a row back", () => {
    expect(grants.filter((grant) => /ALTER|DELETE|UPDATE|DROP|TRUNCATE|ALL|OPTIMIZE|GRANT OPTION/.test(grant))).toEqual(
      [],
    );
  });

  test("have their grants and passwords from the configuration, and the image's own user stays at home", () => {
    const { users } = planClickHouse({ availability: "high" }).configuration;
    expect(users["audit_writer/grants/query" as keyof typeof users]).toEqual(["GRANT INSERT ON audit.events"]);
    expect(users["audit_writer/password" as keyof typeof users]).toEqual({
      valueFrom: { secretKeyRef: { name: "audit-writer", key: "password" } },
    });
    expect(users["default/networks/ip"]).toEqual(["127.0.0.1", "::1"]);
  });
});

describe("the audit's table", () => {
  test("is the same on one server and on replicas but for who keeps them equal", () => {
    const columns = (statement = "") => statement.slice(statement.indexOf("(\n"), statement.indexOf("\nENGINE"));
    const [, single] = auditSchema("single");
    const [, replicated] = auditSchema("replicated");
    expect(columns(single)).toBe(columns(replicated));
    expect(columns(single)).toContain("previous_hash");
    expect(single).toContain("ENGINE = MergeTree");
    expect(replicated).toContain("ENGINE = ReplicatedMergeTree");
    expect(single).toMatch(/ORDER BY \(submission_id, sequence\)$/);
  });

  test("is made by statements that may be repeated, one file each, in order", () => {
    const statements = auditSchema("replicated");
    expect(statements.every((statement) => statement.includes("IF NOT EXISTS"))).toBe(true);
    expect(Object.keys(planSchemaFiles(true))).toEqual(["schema.sh", "01.sql", "02.sql"]);
  });
});

test("servers that must agree have a keeper; a single one has none", () => {
  expect(planClickHouse({ availability: "high" }).configuration.zookeeper?.nodes).toHaveLength(1);
  expect(planClickHouse({ availability: "single" }).configuration).not.toHaveProperty("zookeeper");
});
