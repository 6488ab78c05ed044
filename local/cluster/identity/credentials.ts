import { randomBytes, X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { ARGO_CONTROLLER_ACCOUNT, ARGO_NAMESPACE, KUEUE_NAMESPACE } from "../../../components/workflow/constants.ts";
import { type StateFolder, writePrivate } from "../state-folder.ts";
import type { Authority, KeyAndCertificate, LeafRequest } from "./authority.ts";

/** Service the Kueue webhooks are reached by; the certificate carries its name. */
export const KUEUE_WEBHOOK = { namespace: KUEUE_NAMESPACE, service: "kueue-webhook-service" } as const;

/**
 * Who talks to the API server. Those named `orch:` get their rights from `installation/access.ts`. The administrator has a certificate,
 * which outlives a start; the processes have tokens, since the API server checks a certificate's signature at every request.
 */
export const USERS = {
  admin: { commonName: "orch:admin", organization: "system:masters" },
  "controller-manager": { commonName: "system:kube-controller-manager" },
  scheduler: { commonName: "system:kube-scheduler" },
  // The stack's own service account: its rights are the stack's RBAC, tried out by the real controller.
  "workflow-controller": {
    commonName: `system:serviceaccount:${ARGO_NAMESPACE}:${ARGO_CONTROLLER_ACCOUNT}`,
    organization: "system:serviceaccounts",
  },
  kueue: { commonName: "orch:kueue" },
  kwok: { commonName: "orch:kwok" },
  "resource-runner": { commonName: "orch:resource-runner" },
  "submission-service": { commonName: "orch:submission-service" },
} as const satisfies Record<string, { commonName: string; organization?: string }>;

export type User = keyof typeof USERS;
/** The processes of the environment. */
export type Controller = Exclude<User, "admin">;

const { admin: ADMIN, ...CONTROLLERS } = USERS;

const LOOPBACK = { dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"] } as const;

const CLUSTER_SERVERS: Readonly<Record<string, LeafRequest>> = {
  apiserver: {
    commonName: "kube-apiserver",
    usage: "server",
    dnsNames: ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"],
    ipAddresses: ["127.0.0.1", "10.96.0.1"],
  },
  serving: { commonName: "orch-embedded", usage: "server", ...LOOPBACK },
};

const ETCD_LEAVES: Readonly<Record<string, LeafRequest>> = {
  "etcd-server": { commonName: "etcd", usage: "both", ...LOOPBACK },
  "etcd-client": { commonName: "kube-apiserver", usage: "client" },
};

/** Paths of certificates and keys below `pki`. */
export interface Credentials {
  readonly clusterCa: string;
  readonly etcdCa: string;
  readonly serviceAccountKey: string;
  readonly serviceAccountPublicKey: string;
  /** Folder with `tls.crt` and `tls.key` of Kueue's webhook server, and its authority in `ca.crt` and `ca.key`. */
  readonly kueueWebhook: string;
  pair(name: string): { readonly certificate: string; readonly key: string };
  /** Bearer tokens the API server knows, in its own form: those below. */
  readonly tokens: string;
  /** The person's at this machine. */
  readonly operatorToken: string;
  /** A process's own, new at every start. */
  token(controller: Controller): string;
}

export function credentialPaths(folder: StateFolder): Credentials {
  const file = (name: string): string => join(folder.pki, name);
  return {
    clusterCa: file("cluster-ca.crt"),
    etcdCa: file("etcd-ca.crt"),
    serviceAccountKey: file("service-account.key"),
    serviceAccountPublicKey: file("service-account.pub"),
    kueueWebhook: file("kueue-webhook"),
    pair: (name) => ({ certificate: file(`${name}.crt`), key: file(`${name}.key`) }),
    tokens: file("tokens.csv"),
    operatorToken: file("operator.token"),
    token: (controller) => file(`${controller}.token`),
  };
}

/**
 * Makes every key and certificate the environment needs, once; they are kept while they are good for another 100 days
 * (Kueue renews what has less than 90 on its own, and then only in its Secret).
 * The service account key is never renewed: tokens stored in the cluster were signed with it.
 */
export async function ensureCredentials(folder: StateFolder): Promise<Credentials> {
  const paths = credentialPaths(folder);
  const issued = [
    paths.clusterCa,
    paths.etcdCa,
    join(paths.kueueWebhook, "tls.crt"),
    ...["admin", ...Object.keys(CLUSTER_SERVERS), ...Object.keys(ETCD_LEAVES)].map(
      (name) => paths.pair(name).certificate,
    ),
  ];
  writeTokens(paths);
  const needsKey = !existsSync(paths.serviceAccountKey) || !existsSync(paths.serviceAccountPublicKey);
  if (!needsKey && issued.every(isGood)) return paths;

  // Loaded only here: a start over existing credentials saves the library's load time.
  const { Authority, serviceAccountKey } = await import("./authority.ts");
  if (needsKey) {
    const key = await serviceAccountKey();
    writePrivate(paths.serviceAccountKey, key.privatePem);
    writePrivate(paths.serviceAccountPublicKey, key.publicPem);
  }
  const [cluster, etcd, webhook] = await Promise.all([
    Authority.create("orch-embedded-cluster"),
    Authority.create("orch-embedded-etcd"),
    Authority.create("kueue-ca", "rsa", ["kueue-ca"]),
  ]);
  writePrivate(paths.clusterCa, cluster.certificatePem);
  writePrivate(paths.etcdCa, etcd.certificatePem);
  const admin: LeafRequest = { ...ADMIN, usage: "client" };
  await Promise.all([
    issueAll(paths, cluster, [["admin", admin], ...Object.entries(CLUSTER_SERVERS)]),
    issueAll(paths, etcd, Object.entries(ETCD_LEAVES)),
    issueWebhook(paths, webhook),
  ]);
  return paths;
}

/**
 * The submission service asks for a bearer token, and this machine has no identity provider: whoever owns the state folder, and so the
 * administrator's certificate in it, also has a token of the same rights, which is kept. Those of the processes are new each time.
 */
function writeTokens(paths: Credentials): void {
  if (!existsSync(paths.operatorToken)) writePrivate(paths.operatorToken, newToken());
  const operator = readFileSync(paths.operatorToken, "utf8");
  const lines = [`${operator},${operatorName()},orch-operator,"${ADMIN.organization}"`];
  for (const [controller, user] of Object.entries(CONTROLLERS)) {
    const token = newToken();
    writePrivate(paths.token(controller as Controller), token);
    const groups = "organization" in user ? [`"${user.organization}"`] : [];
    lines.push([token, user.commonName, `orch-${controller}`, ...groups].join(","));
  }
  writePrivate(paths.tokens, `${lines.join("\n")}\n`);
}

const newToken = (): string => randomBytes(32).toString("base64url");

/** The audit log names who submitted. */
function operatorName(): string {
  const name = userInfo().username.replaceAll(/[^A-Za-z0-9._-]/g, "-");
  return name === "" ? "operator" : name;
}

async function issueAll(
  paths: Credentials,
  authority: Authority,
  leaves: readonly (readonly [string, LeafRequest])[],
): Promise<void> {
  await Promise.all(
    leaves.map(async ([name, request]) => {
      const { certificate, key } = paths.pair(name);
      writePair(certificate, key, await authority.issue(request));
    }),
  );
}

async function issueWebhook(paths: Credentials, authority: Authority): Promise<void> {
  mkdirSync(paths.kueueWebhook, { recursive: true, mode: 0o700 });
  const name = `${KUEUE_WEBHOOK.service}.${KUEUE_WEBHOOK.namespace}.svc`;
  const leaf = await authority.issue({ commonName: name, usage: "server", dnsNames: [name] });
  writePair(join(paths.kueueWebhook, "tls.crt"), join(paths.kueueWebhook, "tls.key"), leaf);
  writePair(join(paths.kueueWebhook, "ca.crt"), join(paths.kueueWebhook, "ca.key"), authority);
}

function writePair(certificatePath: string, keyPath: string, pair: KeyAndCertificate): void {
  writePrivate(keyPath, pair.keyPem);
  writePrivate(certificatePath, pair.certificatePem);
}

function isGood(certificatePath: string): boolean {
  if (!existsSync(certificatePath)) return false;
  try {
    const { validToDate } = new X509Certificate(readFileSync(certificatePath));
    return validToDate.getTime() > Date.now() + 100 * 24 * 60 * 60 * 1000;
  } catch {
    return false;
  }
}
