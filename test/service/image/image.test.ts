import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import packageJson from "../../../package.json" with { type: "json" };
import { localProfile } from "../../../submission/spec/index.ts";

/** There is no Docker here: the files of the image are laid out and installed as the Dockerfile does it, and started by its command. */
const CHECKOUT = resolve(import.meta.dirname, "../../..");
const dockerfile = readFileSync(join(CHECKOUT, "submission/service/Dockerfile"), "utf8");
let folder: string;
let image: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "orch-image-"));
  image = join(folder, "service");
  run("node", ["submission/service/image/assemble.js", image], CHECKOUT);
  const install = /^RUN (npm install [^&]+) &&/m.exec(dockerfile)?.[1]?.trim().split(" ") ?? [];
  run("npm", [...install.slice(1), "--prefer-offline"], image);
  writeFileSync(join(folder, "profile.json"), JSON.stringify(localProfile()));
  writeFileSync(join(folder, "kubeconfig"), KUBECONFIG);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Nobody answers there. */
const KUBECONFIG = `
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1", insecure-skip-tls-verify: true}}]
users: [{name: u, user: {token: t}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
`;

function run(command: string, args: readonly string[], cwd: string): void {
  const result = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (result.status !== 0) throw new Error(`${command} ${args.join(" ")}: ${result.stderr}`);
}

const files = () => globSync("submission/**", { cwd: image }).length;

test("it runs on the Node that the checkout pins, as a user of its own", () => {
  expect([...dockerfile.matchAll(/^FROM node:([\d.]+)-bookworm-slim/gm)].map(([, version]) => version)).toEqual([
    packageJson.dependencies.node,
    packageJson.dependencies.node,
  ]);
  expect(dockerfile).toMatch(/^USER 10001:10001$/m);
});

test("it holds no Pulumi, no embedded store, no test and no tool of the checkout", () => {
  for (const absent of ["@pulumi", "chdb", "@chdb", "typescript", "vitest", "node"]) {
    expect([absent, existsSync(join(image, "node_modules", absent))]).toEqual([absent, false]);
  }
  expect(globSync("*", { cwd: image }).sort()).toEqual(
    ["node_modules", "package-lock.json", "package.json", "submission"].sort(),
  );
});

describe.each(["api", "dispatcher"])("as %s, with everything it needs away", (role) => {
  let service: ChildProcess;
  let url: string;
  let before: number;

  beforeAll(async () => {
    before = files();
    service = spawn(
      process.execPath,
      ["submission/cli/orch.js", "serve", "--role", role, "--host", "127.0.0.1", ...ARGS()],
      {
        cwd: image,
        stdio: ["ignore", "inherit", "pipe"],
        env: {
          PATH: process.env.PATH,
          ORCH_PROFILE: join(folder, "profile.json"),
          ORCH_BROKERS_ADDRESS: "127.0.0.1:1",
          ORCH_AUDIT_ADDRESS: "http://127.0.0.1:1",
          ORCH_AUDIT_USERNAME: "audit_writer",
          ORCH_AUDIT_PASSWORD: "secret",
          OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1",
          OPENLINEAGE_URL: "http://127.0.0.1:1",
        },
      },
    );
    url = await serving(service);
  });
  afterAll(() => void service.kill("SIGKILL"));

  const ARGS = () => ["--http-port", "0", "--grpc-port", "0", "--kubeconfig", join(folder, "kubeconfig")];

  test("it lives, says which parts are away, and has metrics", async () => {
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const ready = await fetch(`${url}/readyz`);
    expect(ready.status).toBe(503);
    const text = await ready.text();
    for (const part of ["audit", "queue", "kubernetes"]) expect(text).toContain(`"${part}"`);
    expect(text).not.toContain("secret");
    expect(await (await fetch(`${url}/metrics`)).text()).toContain("process_cpu_seconds_total");
  });

  test("it ends in good order when it is told to, and has written nothing beside itself", async () => {
    const gone = new Promise((done) => service.once("exit", (code) => done(code)));
    service.kill("SIGTERM");
    expect(await gone).toBe(0);
    expect(files()).toBe(before);
  });
});

/** The address it says it serves at. */
async function serving(service: ChildProcess): Promise<string> {
  const said: string[] = [];
  if (service.stderr === null) throw new Error("no output");
  for await (const line of createInterface({ input: service.stderr })) {
    said.push(line);
    const { http } = (line.startsWith("{") ? JSON.parse(line) : {}) as { http?: string };
    if (http !== undefined) {
      service.stderr.resume();
      return http;
    }
  }
  throw new Error(`it ended before it served:\n${said.join("\n")}`);
}
