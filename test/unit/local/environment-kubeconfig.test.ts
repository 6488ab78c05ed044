import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Credentials, ensureCredentials, USERS } from "../../../local/cluster/identity/credentials.ts";
import { renderKubeconfig, userKubeconfig } from "../../../local/cluster/identity/kubeconfig.ts";
import { createStateFolder, stateFolder } from "../../../local/cluster/state-folder.ts";

const folder = stateFolder(mkdtempSync(join(tmpdir(), "orch-credentials-")));
let credentials: Credentials;

beforeAll(async () => {
  createStateFolder(folder);
  credentials = await ensureCredentials(folder);
});

afterAll(() => rmSync(folder.root, { recursive: true, force: true }));

function certificate(path: string): X509Certificate {
  return new X509Certificate(readFileSync(path));
}

test("only the administrator is a master; each controller has a name of its own", () => {
  const subjects = Object.keys(USERS).map((user) => certificate(credentials.pair(user).certificate).subject);
  expect(subjects.filter((subject) => subject.includes("system:masters"))).toEqual(["O=system:masters\nCN=orch:admin"]);
  expect(new Set(subjects).size).toBe(subjects.length);
});

test("a client certificate of the cluster does not open the store", () => {
  const etcd = certificate(credentials.etcdCa);
  const cluster = certificate(credentials.clusterCa);
  const admin = certificate(credentials.pair("admin").certificate);
  expect(admin.verify(cluster.publicKey)).toBe(true);
  expect(admin.verify(etcd.publicKey)).toBe(false);
});

test("the API server's certificate is for this host alone", () => {
  const names = certificate(credentials.pair("apiserver").certificate).subjectAltName ?? "";
  expect(names).toContain("IP Address:127.0.0.1");
  expect(names).not.toContain("0.0.0.0");
});

test("keys are readable by their owner only", () => {
  expect(statSync(credentials.serviceAccountKey).mode & 0o777).toBe(0o600);
  expect(statSync(credentials.pair("admin").key).mode & 0o777).toBe(0o600);
  expect(statSync(folder.pki).mode & 0o777).toBe(0o700);
});

test("credentials that are still good are kept", async () => {
  const before = readFileSync(credentials.pair("admin").certificate, "utf8");
  await ensureCredentials(folder);
  expect(readFileSync(credentials.pair("admin").certificate, "utf8")).toBe(before);
});

test("a kubeconfig holds all it needs: server, authority, certificate and key", () => {
  const config = new KubeConfig();
  config.loadFromString(userKubeconfig(credentials, "https://127.0.0.1:6443", "kueue", "kueue-system"));
  expect(config.getCurrentCluster()?.server).toBe("https://127.0.0.1:6443");
  expect(Buffer.from(config.getCurrentCluster()?.caData ?? "", "base64").toString()).toBe(
    readFileSync(credentials.clusterCa, "utf8"),
  );
  expect(config.getContextObject(config.getCurrentContext())?.namespace).toBe("kueue-system");
  const user = config.getCurrentUser();
  expect(Buffer.from(user?.keyData ?? "", "base64").toString()).toBe(
    readFileSync(credentials.pair("kueue").key, "utf8"),
  );
});

test("a kubeconfig with a token carries no certificate", () => {
  const text = renderKubeconfig({
    server: "https://127.0.0.1:1",
    certificateAuthorityPem: "ca",
    user: "system:serviceaccount:team:workflow",
    credential: { token: "secret" },
  });
  expect(text).toContain("token: secret");
  expect(text).not.toContain("client-");
});
