import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SERVICE_PORTS, SERVICE_ROLES } from "../../../components/api/constants.ts";
import { planDeployment } from "../../../components/api/deployment.ts";
import { DEAD_LETTER_TOPIC, DISPATCHER_GROUP, JOBS_TOPIC } from "../../../components/queue/constants.ts";
import { serveEnvironment } from "../../../submission/cli/serve-environment.ts";
import { orch } from "./orch-process.ts";

const apart = { ORCH_BROKERS_ADDRESS: "a:9093, b:9093", ORCH_AUDIT_ADDRESS: "https://clickhouse:8443" };

test("one process needs no variable: everything is embedded", () => {
  expect(serveEnvironment("all", {})).toEqual({
    profile: undefined,
    brokers: undefined,
    audit: undefined,
    traces: undefined,
    lineage: undefined,
    results: "none",
    watchLease: undefined,
  });
});

test("every variable of the Deployments is known, and one more would be noticed", () => {
  const login = { address: "x", secretName: "s", authority: true };
  const process = { namespace: "n", image: "i", availability: "high", brokers: login, audit: login } as const;
  const source = readFileSync(new URL("../../../submission/cli/serve-environment.ts", import.meta.url), "utf8");
  for (const role of SERVICE_ROLES) {
    const deployment = planDeployment(role, { ...process, traces: "t", lineage: "l", results: true });
    const names = JSON.stringify(deployment).match(/"name":"([A-Z][A-Z_]+)"/g) ?? [];
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) expect(source).toContain(`  ${name.slice(8, -1)}: `);
  }
});

test("names on the brokers are those of the platform stack where none are set", () => {
  expect(serveEnvironment("dispatcher", apart).brokers).toEqual({
    brokers: ["a:9093", "b:9093"],
    jobsTopic: JOBS_TOPIC,
    deadLetterTopic: DEAD_LETTER_TOPIC,
    group: DISPATCHER_GROUP,
  });
});

test("logins and authorities are read, the authorities from their files", () => {
  const file = join(tmpdir(), `orch-authority-${process.pid}.crt`);
  writeFileSync(file, "PEM");
  try {
    const found = serveEnvironment("api", {
      ...apart,
      ORCH_BROKERS_USERNAME: "api",
      ORCH_BROKERS_PASSWORD: "secret",
      ORCH_BROKERS_CA: file,
      ORCH_AUDIT_USERNAME: "audit_writer",
      ORCH_AUDIT_PASSWORD: "secret",
      ORCH_AUDIT_CA: file,
    });
    expect(found.brokers).toMatchObject({ login: { username: "api", password: "secret" }, authority: "PEM" });
    expect(found.audit).toEqual({
      address: "https://clickhouse:8443",
      username: "audit_writer",
      password: "secret",
      ca: "PEM",
    });
  } finally {
    rmSync(file);
  }
});

test("the Lease of the watch is named with its namespace, as the Deployment of the dispatcher says", () => {
  const lease = (value: string) => serveEnvironment("dispatcher", { ...apart, ORCH_WATCH_LEASE: value }).watchLease;
  expect(lease("orchestr/submission-watch")).toEqual({ namespace: "orchestr", name: "submission-watch" });
  expect(() => lease("submission-watch")).toThrow("ORCH_WATCH_LEASE: namespace/name of a Lease");
});

describe("what is missing or wrong is said all at once", () => {
  test("for roles apart, which meet at brokers and audit store", () => {
    expect(() => serveEnvironment("api", { ORCH_BROKERS_USERNAME: "api" })).toThrow(
      [
        "the environment does not say all that the service needs:",
        "  ORCH_BROKERS_ADDRESS is not set, and role api meets the other one there",
        "  ORCH_AUDIT_ADDRESS is not set, and role api meets the other one there",
        "  ORCH_BROKERS_USERNAME and ORCH_BROKERS_PASSWORD go together",
      ].join("\n"),
    );
  });

  test("for addresses that are none, without the secrets beside them", () => {
    const tell = () =>
      serveEnvironment("all", {
        ORCH_AUDIT_ADDRESS: "clickhouse",
        OPENLINEAGE_URL: "ftp://x",
        ORCH_AUDIT_PASSWORD: "p4ss",
      });
    expect(tell).toThrow(/ORCH_AUDIT_ADDRESS: [\s\S]*OPENLINEAGE_URL: /);
    expect(tell).not.toThrow(/p4ss/);
  });
});

describe("orch serve", () => {
  test("has a help with its variables, its ports and an example", async () => {
    const { code, stdout } = await orch(["serve", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain(`(default: ${SERVICE_PORTS.http})`);
    expect(stdout).toContain(`(default: ${SERVICE_PORTS.grpc})`);
    expect(stdout).toContain("ORCH_BROKERS_ADDRESS");
    expect(stdout).toContain("$ orch serve --insecure-no-auth");
  });

  test("does not open its door to others without authentication", async () => {
    const { code, stderr } = await orch(["serve", "--insecure-no-auth", "--host", "0.0.0.0"]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining("without authentication the service listens on 127.0.0.1 only, not on 0.0.0.0"),
    });
  });
});
