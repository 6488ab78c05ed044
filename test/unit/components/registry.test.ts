import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  DATABASES,
  findRdsProblems,
  planDatabasesSql,
  planHarborValues,
  planPostgresCluster,
  planRds,
  planRobot,
  ROBOTS_SCRIPT,
} from "../../../components/registry/index.ts";

describe("the databases' SQL", () => {
  const sql = planDatabasesSql(DATABASES);

  test("can run again: what is there already is not made twice", () => {
    const creating = sql.split("\n").filter((line) => line.includes("CREATE "));
    expect(creating).toHaveLength(2 * DATABASES.length);
    expect(creating.every((line) => line.includes("WHERE NOT EXISTS") && line.endsWith("\\gexec"))).toBe(true);
  });

  test("holds no password: each comes from the Job's environment", () => {
    for (const database of DATABASES) expect(sql).toContain(`\\getenv password ${database.toUpperCase()}_PASSWORD`);
    expect(sql.match(/PASSWORD :'password'/g)).toHaveLength(DATABASES.length);
    expect(sql).not.toMatch(/PASSWORD '/);
  });

  test("keeps each user out of the others' databases", () => {
    for (const database of DATABASES) expect(sql).toContain(`REVOKE ALL ON DATABASE "${database}" FROM PUBLIC;`);
  });
});

describe("Postgres by RDS", () => {
  const args = {
    identifier: "orch-prod-registry",
    instanceClass: "db.m7g.large",
    storageGib: 100,
    maxStorageGib: 500,
    multiAz: true,
    backupDays: 14,
  };

  test("is encrypted, private, and its password is AWS's own affair", () => {
    expect(planRds(args)).toMatchObject({
      storageEncrypted: true,
      publiclyAccessible: false,
      manageMasterUserPassword: true,
      multiAz: true,
    });
    expect(planRds(args)).not.toHaveProperty("password");
  });

  test("cannot be deleted without a last snapshot where it is protected", () => {
    expect(planRds({ ...args, protect: true })).toMatchObject({
      deletionProtection: true,
      skipFinalSnapshot: false,
      finalSnapshotIdentifier: "orch-prod-registry-final",
    });
    expect(planRds(args)).toMatchObject({ deletionProtection: false, skipFinalSnapshot: true });
  });

  test("says all that RDS would refuse, at once", () => {
    expect(findRdsProblems(args)).toEqual([]);
    expect(findRdsProblems({ storageGib: 10, maxStorageGib: 10, backupDays: 40, protect: true })).toHaveLength(3);
    expect(findRdsProblems({ ...args, backupDays: 0, protect: true })).toEqual(["is protected but has no backups"]);
  });
});

describe("Postgres in the cluster", () => {
  test("is three servers that agree before they answer, or a single one", () => {
    expect(planPostgresCluster({ availability: "high" })).toMatchObject({
      instances: 3,
      enablePDB: true,
      postgresql: { synchronous: { method: "any", number: 1 } },
    });
    const single = planPostgresCluster({ availability: "single" });
    expect(single).toMatchObject({ instances: 1, enablePDB: false });
    expect(single.postgresql).not.toHaveProperty("synchronous");
  });

  test("lets nobody in without TLS, and has a role with its own password for each database", () => {
    const { postgresql, managed, enableSuperuserAccess } = planPostgresCluster({ availability: "high" });
    expect(postgresql.pg_hba).toEqual(["hostnossl all all all reject"]);
    expect(managed.roles.map(({ name }) => name)).toEqual([...DATABASES]);
    expect(enableSuperuserAccess).toBe(false);
  });
});

describe("Harbor", () => {
  const values = planHarborValues({
    availability: "high",
    monitoring: true,
    database: { host: "db", port: 5432, database: "harbor", user: "harbor", secretName: "postgres-harbor" },
    storage: { bucket: "b", prefix: "harbor", region: "us-east-1" },
  });

  test("names Secrets where its chart would have well-known passwords", () => {
    expect(values.existingSecretAdminPassword).toBe("harbor-secrets");
    expect(values.existingSecretSecretKey).toBe("harbor-secrets");
    expect(values.registry.credentials.existingSecret).toBe("harbor-secrets");
    expect(values.database.external.existingSecret).toBe("postgres-harbor");
    expect(JSON.stringify(values)).not.toMatch(/"(password|secretKey|harborAdminPassword)":"/);
  });

  test("speaks TLS with everybody, its own parts included", () => {
    expect(values.expose.tls).toMatchObject({ enabled: true, certSource: "secret" });
    expect(values.internalTLS).toMatchObject({ enabled: true, core: { secretName: "harbor-core-tls" } });
    expect(values.database.external.sslmode).toBe("require");
  });

  test("gives nodes that pull no more than pulling", () => {
    expect(planRobot("pull").permissions[0]?.access).toEqual([{ resource: "repository", action: "pull" }]);
  });
});

const hasCurl = (() => {
  try {
    execFileSync("curl", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

/** The script itself, run by a real shell and curl; Harbor's API is simulated. */
describe.skipIf(!hasCurl)("the robots' script", () => {
  const robots: { id: number; name: string; secret?: string }[] = [];
  let posts = 0;
  let server: Server;
  let folder: string;

  beforeEach(async () => {
    robots.length = 0;
    posts = 0;
    folder = mkdtempSync(join(tmpdir(), "robots-"));
    for (const robot of ["pull", "push"] as const)
      writeFileSync(join(folder, `${robot}.json`), JSON.stringify(planRobot(robot)));
    writeFileSync(join(folder, "ca.crt"), "");
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const body = chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
        const url = new URL(request.url ?? "", "http://harbor");
        if (request.headers.authorization !== `Basic ${btoa("admin:admin-password")}`) response.statusCode = 401;
        else if (request.method === "POST") {
          posts++;
          robots.push({ id: 40 + robots.length, name: body.name });
        } else if (request.method === "PATCH") {
          const robot = robots.find(({ id }) => url.pathname.endsWith(`/${id}`));
          if (robot === undefined) response.statusCode = 404;
          else robot.secret = body.secret;
        }
        const name = url.searchParams.get("q")?.slice("name=".length);
        const found = robots.filter((robot) => robot.name === name);
        const listed = found.map(({ id }) => ({ creation_time: "2026", id, level: "system", name: `robot$${name}` }));
        response.end(request.method === "GET" ? JSON.stringify(listed) : "{}");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  const run = (passwords: { pull: string; push: string }) =>
    promisify(execFile)(
      "sh",
      ["-c", ROBOTS_SCRIPT.replaceAll("/task/", `${folder}/`).replaceAll("/tls/", `${folder}/`)],
      {
        env: {
          ...process.env,
          HARBOR_API: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v2.0`,
          ADMIN_PASSWORD: "admin-password",
          PASSWORD_pull: passwords.pull,
          PASSWORD_push: passwords.push,
          no_proxy: "*",
        },
      },
    );

  test("makes the robots that are missing, with the passwords that Vault holds", async () => {
    await run({ pull: "one", push: "two" });
    expect(robots.map(({ name, secret }) => [name, secret])).toEqual([
      ["pull", "one"],
      ["push", "two"],
    ]);
  });

  test("changes passwords of those that are there, and makes none twice", async () => {
    await run({ pull: "one", push: "two" });
    await run({ pull: "three", push: "two" });
    expect(posts).toBe(2);
    expect(robots.map(({ secret }) => secret)).toEqual(["three", "two"]);
  });
});
