import { createPrivateKey } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AuthorizationV1Api, CoreV1Api, KubeConfig, RbacAuthorizationV1Api } from "@kubernetes/client-node";
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { KubernetesAccess, SUBMISSIONS } from "../../submission/service/access/index.ts";
import { auditChain, auditVerification, problem, submissionPage } from "../../submission/service/api/schema.ts";
import { type EmbeddedService, startEmbeddedService } from "../../submission/service/embedded.ts";
import { submissionStatus } from "../../submission/service/status/status.ts";
import { localProfile, type PlatformProfile } from "../../submission/spec/index.ts";
import { body } from "../service/api/sample.ts";

/** Two teams, and callers as Kubernetes knows them: tokens and roles are the real API server's. */
const TEAMS = { mine: "access-mine", theirs: "access-theirs" } as const;
const kubeConfig = new KubeConfig();
let folder: string;
let service: EmbeddedService;
const tokens: Record<string, string> = {};

function profileOfTwo(): PlatformProfile {
  const profile = localProfile();
  const { research } = profile.teams;
  if (research === undefined) throw new Error("the local profile has no team research");
  const { defaultTeam: _, ...rest } = profile;
  const teams = Object.fromEntries(Object.values(TEAMS).map((namespace) => [namespace, { ...research, namespace }]));
  return { ...rest, teams };
}

const CALLERS: readonly (readonly [name: string, namespace: string, verbs: readonly string[]])[] = [
  ["alice", TEAMS.mine, ["create", "get", "list", "delete"]],
  ["viewer", TEAMS.mine, ["get", "list"]],
  ["bob", TEAMS.theirs, ["create", "get", "list", "delete"]],
  ["nobody", TEAMS.mine, []],
  ["auditor", TEAMS.mine, []],
];

beforeAll(async () => {
  kubeConfig.loadFromFile(inject("kubeconfig"));
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const rbac = kubeConfig.makeApiClient(RbacAuthorizationV1Api);
  for (const name of Object.values(TEAMS)) await core.createNamespace({ body: { metadata: { name } } });
  for (const [name, namespace, verbs] of CALLERS) {
    await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name } } });
    if (verbs.length > 0) {
      const rules = [{ apiGroups: [SUBMISSIONS.group], resources: [SUBMISSIONS.resource], verbs: [...verbs] }];
      await rbac.createNamespacedRole({ namespace, body: { metadata: { name }, rules } });
      const subjects = [{ kind: "ServiceAccount", name, namespace }];
      const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name };
      await rbac.createNamespacedRoleBinding({ namespace, body: { metadata: { name }, roleRef, subjects } });
    }
    const issued = await core.createNamespacedServiceAccountToken({
      name,
      namespace,
      body: { spec: { audiences: [] } },
    });
    tokens[name] = issued.status?.token ?? "";
  }
  tokens.elsewhere =
    (
      await core.createNamespacedServiceAccountToken({
        name: "alice",
        namespace: TEAMS.mine,
        body: { spec: { audiences: ["vault"] } },
      })
    ).status?.token ?? "";
  tokens.expired = await expiredToken();
  folder = await mkdtemp(join(tmpdir(), "orch-access-"));
  service = await startEmbeddedService({
    folder,
    kubeConfig,
    profile: profileOfTwo(),
    access: (connection) => new KubernetesAccess({ connection, holdsForMillis: 200 }),
    ports: { http: 0, grpc: 0 },
    log: { info: () => undefined, warn: () => undefined, error: (details, message) => console.error(message, details) },
  });
});

afterAll(async () => {
  await service?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Signed by the cluster's own key, and over since an hour. */
async function expiredToken(): Promise<string> {
  const pem = await readFile(join(inject("stateDir"), "pki", "service-account.key"), "utf8");
  const now = Math.floor(Date.now() / 1_000);
  return new SignJWT({
    "kubernetes.io": { namespace: TEAMS.mine, serviceaccount: { name: "alice", uid: "0" } },
  })
    .setProtectedHeader({ alg: "ES256" })
    .setIssuer("https://kubernetes.default.svc")
    .setSubject(`system:serviceaccount:${TEAMS.mine}:alice`)
    .setAudience("https://kubernetes.default.svc")
    .setIssuedAt(now - 7_200)
    .setNotBefore(now - 7_200)
    .setExpirationTime(now - 3_600)
    .sign(createPrivateKey(pem));
}

const ask = (path: string, as: string | undefined, init: RequestInit = {}) =>
  fetch(`${service.http}/api/orch${path}`, {
    ...init,
    headers: { ...(as === undefined ? {} : { authorization: `Bearer ${tokens[as]}` }), ...init.headers },
  });
const post = (path: string, as: string | undefined, sent: object, headers: Record<string, string> = {}) =>
  ask(path, as, {
    method: "POST",
    body: JSON.stringify(sent),
    headers: { "content-type": "application/json", ...headers },
  });
const said = async (response: Response) => problem.parse(await response.json());

describe("who calls", () => {
  test("must have a token of the cluster: none, a made-up one, an expired one and one made for others are all 401", async () => {
    tokens.madeUp = "made-up";
    for (const as of [undefined, "madeUp", "expired", "elsewhere"]) {
      const response = await post("/submit", as, body("access-0"));
      expect([as, response.status]).toEqual([as, 401]);
      expect(response.headers.get("www-authenticate")).toContain("Bearer");
    }
  });

  test("is who the audit log names, and the team is the only one that lets them", async () => {
    const response = await post("/submit", "alice", body("access-1"));
    expect([response.status, await response.json()]).toMatchObject([202, { team: TEAMS.mine, namespace: TEAMS.mine }]);
    const { entries } = auditChain.parse(await (await ask("/audit/access-1", "alice")).json());
    expect(entries[0]).toMatchObject({ event: "accepted", actor: `system:serviceaccount:${TEAMS.mine}:alice` });
  });
});

describe("a caller of another team", () => {
  test("sees nothing of a submission: its answers are those about one that does not exist", async () => {
    for (const path of ["/status/", "/logs/", "/lineage/", "/audit/", "/verify/"]) {
      const foreign = await ask(`${path}access-1`, "bob");
      const none = await ask(`${path}access-9`, "bob");
      expect([path, foreign.status, none.status]).toEqual([path, 404, 404]);
      expect((await said(foreign)).detail.replace("access-1", "access-9")).toBe((await said(none)).detail);
    }
    const page = submissionPage.parse(await (await ask("/submissions", "bob")).json());
    expect(page.submissions).toEqual([]);
  });

  test("cannot touch it, nor submit for its team, nor learn what is in it by taking its id", async () => {
    expect((await post("/cancel/access-1", "bob", {})).status).toBe(404);
    expect((await post("/rerun/access-1", "bob", {})).status).toBe(404);
    expect((await post("/plan", "bob", { rerun_of: "access-1" })).status).toBe(404);
    const forTheirs = await post("/submit", "bob", body("access-2"), { "orch-team": TEAMS.mine });
    const forNone = await post("/submit", "bob", body("access-2"), { "orch-team": "no-such-team" });
    expect([forTheirs.status, forNone.status]).toEqual([403, 403]);
    expect((await said(forTheirs)).detail).toBe((await said(forNone)).detail);
    const taken = await post("/submit", "bob", body("access-1"));
    expect(taken.status).toBe(409);
    expect((await said(taken)).digests).toBeUndefined();
  });
});

test("who may, cancels: the Workflow ends, and the audit log names who asked for it", async () => {
  expect((await post("/cancel/access-1", "alice", {})).status).toBe(202);
  const phase = async () => submissionStatus.parse(await (await ask("/status/access-1", "alice")).json()).phase;
  await expect.poll(phase, { timeout: 60_000 }).toBe("Cancelled");
  const { entries } = auditChain.parse(await (await ask("/audit/access-1", "alice")).json());
  expect(entries.find(({ event }) => event === "cancel_requested")?.actor).toContain("alice");
});

test("who may get submissions in all namespaces has the whole log verified, and who may in one has not", async () => {
  expect((await ask("/verify", "alice")).status).toBe(403);
  expect((await ask("/verify", "auditor")).status).toBe(403);
  const rbac = kubeConfig.makeApiClient(RbacAuthorizationV1Api);
  const name = "access-auditor";
  const rules = [{ apiGroups: [SUBMISSIONS.group], resources: [SUBMISSIONS.resource], verbs: ["get"] }];
  await rbac.createClusterRole({ body: { metadata: { name }, rules } });
  const subjects = [{ kind: "ServiceAccount", name: "auditor", namespace: TEAMS.mine }];
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name };
  await rbac.createClusterRoleBinding({ body: { metadata: { name }, roleRef, subjects } });
  await expect.poll(async () => (await ask("/verify", "auditor")).status, { timeout: 10_000 }).toBe(200);
  const whole = auditVerification.parse(await (await ask("/verify", "auditor")).json());
  expect(whole).toMatchObject({ finished: true, findings: [] });
});

describe("a caller with fewer rights", () => {
  test("may look, and not submit or cancel", async () => {
    expect((await ask("/status/access-1", "viewer")).status).toBe(200);
    expect((await post("/submit", "viewer", body("access-3"))).status).toBe(403);
    expect((await post("/cancel/access-1", "viewer", {})).status).toBe(403);
    expect((await ask("/submissions", "nobody")).status).toBe(403);
    expect((await ask("/status/access-1", "nobody")).status).toBe(404);
  });

  test("needs no right to create Workflows, and has none", async () => {
    const { status } = await kubeConfig.makeApiClient(AuthorizationV1Api).createSubjectAccessReview({
      body: {
        spec: {
          user: `system:serviceaccount:${TEAMS.mine}:alice`,
          resourceAttributes: { namespace: TEAMS.mine, group: "argoproj.io", resource: "workflows", verb: "create" },
        },
      },
    });
    expect(status?.allowed).toBe(false);
  });

  test("loses them within what answers are remembered for", async () => {
    await kubeConfig
      .makeApiClient(RbacAuthorizationV1Api)
      .deleteNamespacedRoleBinding({ namespace: TEAMS.mine, name: "viewer" });
    await expect.poll(async () => (await ask("/status/access-1", "viewer")).status, { timeout: 10_000 }).toBe(404);
  });
});
