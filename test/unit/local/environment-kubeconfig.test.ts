import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Controller,
  type Credentials,
  ensureCredentials,
  USERS,
} from "../../../local/cluster/identity/credentials.ts";
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

test("only the administrator and who owns the folder are masters; each process has a name and a token of its own", () => {
  const lines = readFileSync(credentials.tokens, "utf8").trim().split("\n");
  const known = lines.map((line) => line.split(",").slice(0, 2));
  expect(lines.filter((line) => line.includes("system:masters")).map((line) => line.split(",")[0])).toEqual([
    readFileSync(credentials.operatorToken, "utf8"),
  ]);
  expect(certificate(credentials.pair("admin").certificate).subject).toBe("O=system:masters\nCN=orch:admin");
  for (const [user, { commonName }] of Object.entries(USERS)) {
    if (user === "admin") continue;
    expect(known).toContainEqual([readFileSync(credentials.token(user as Controller), "utf8"), commonName]);
  }
  expect(new Set(known.map(([token]) => token)).size).toBe(known.length);
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

test("a start keeps what people hold, and gives every process a new token", async () => {
  const kept = [credentials.pair("admin").certificate, credentials.operatorToken];
  const renewed = [credentials.token("kueue"), credentials.token("workflow-controller")];
  const read = (paths: readonly string[]) => paths.map((path) => readFileSync(path, "utf8"));
  const [keptBefore, renewedBefore] = [read(kept), read(renewed)];
  await ensureCredentials(folder);
  expect(read(kept)).toEqual(keptBefore);
  for (const [index, token] of read(renewed).entries()) expect(token).not.toBe(renewedBefore[index]);
});

test("a kubeconfig holds all it needs: server, authority and token", () => {
  const config = new KubeConfig();
  config.loadFromString(userKubeconfig(credentials, "https://127.0.0.1:6443", "kueue", "kueue-system"));
  expect(config.getCurrentCluster()?.server).toBe("https://127.0.0.1:6443");
  expect(Buffer.from(config.getCurrentCluster()?.caData ?? "", "base64").toString()).toBe(
    readFileSync(credentials.clusterCa, "utf8"),
  );
  expect(config.getContextObject(config.getCurrentContext())?.namespace).toBe("kueue-system");
  expect(config.getCurrentUser()?.token).toBe(readFileSync(credentials.token("kueue"), "utf8"));
});

test("the administrator's kubeconfig holds a certificate and its key", () => {
  const config = new KubeConfig();
  config.loadFromString(userKubeconfig(credentials, "https://127.0.0.1:6443", "admin"));
  const { keyData, token } = config.getCurrentUser() ?? {};
  expect(Buffer.from(keyData ?? "", "base64").toString()).toBe(readFileSync(credentials.pair("admin").key, "utf8"));
  expect(token).toBeUndefined();
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
