import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CoreV1Api, CustomObjectsApi, KubeConfig, RbacAuthorizationV1Api } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import {
  applyPlatform,
  applyTeams,
  destroyPlatform,
  type PlatformResult,
  previewPlatform,
  TEAM_PROJECT,
} from "../../local/engine/index.ts";
import { profileOf } from "../../submission/cli/run/team.ts";
import { localProfile } from "../../submission/spec/index.ts";
import { goldenLines } from "../engine/platform-golden.ts";
import { previewTeam } from "../engine/team-preview.ts";
import { orch } from "../unit/cli/orch-process.ts";
import { TestCluster } from "./environment-objects.ts";
import { type Account, Accounts, answer } from "./teams-people.ts";

const stateDir = inject("stateDir");
const kubeconfig = inject("kubeconfig");
const cluster = new TestCluster(kubeconfig);
const accounts = new Accounts(kubeconfig);
const config = new KubeConfig();
config.loadFromFile(kubeconfig);
const core = config.makeApiClient(CoreV1Api);
const custom = config.makeApiClient(CustomObjectsApi);

const stack = (name: string) => ({ stateDir, stack: name, projectDir: TEAM_PROJECT, crds: false }) as const;
/** What the engine did, as `operation type name`. */
const operations = ({ resources }: PlatformResult) =>
  resources
    .filter(({ type }) => type !== "pulumi:pulumi:Stack")
    .map(({ operation, type, name }) => `${operation} ${type.split(":").at(-1)} ${name}`)
    .sort();

const KUEUE = { group: "kueue.x-k8s.io", version: "v1beta2" } as const;
const unique = (name: string) => `${name}-${process.pid}`;

/** A pod as the security baseline wants it, or with one thing of it changed. */
const pod = (name: string, container: object = {}, labels: Record<string, string> = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, labels, annotations: { "orch.dev/simulate": "hang" } },
  spec: {
    serviceAccountName: "argo-workflow",
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: "task",
        image: "example/task:1",
        resources: { requests: { cpu: "1", memory: "1Gi" } },
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        ...container,
      },
    ],
  },
});

/** A Workflow whose pod runs until it is told to stop. */
async function running(team: string): Promise<string> {
  const name = unique(`endless-${team}`);
  const namespace = `team-${team}`;
  await cluster.create({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name, namespace },
    spec: {
      entrypoint: "main",
      serviceAccountName: "argo-executor",
      templates: [
        {
          name: "main",
          metadata: { labels: { "kueue.x-k8s.io/queue-name": "cpu" }, annotations: { "orch.dev/simulate": "hang" } },
          container: {
            image: "example/task:1",
            command: ["run"],
            resources: { requests: { cpu: "1", memory: "1Gi" } },
            securityContext: {
              runAsNonRoot: true,
              runAsUser: 1000,
              allowPrivilegeEscalation: false,
              capabilities: { drop: ["ALL"] },
              seccompProfile: { type: "RuntimeDefault" },
            },
          },
        },
      ],
    },
  } as Parameters<typeof cluster.create>[0]);
  await cluster.eventually(async () => expect(await podPhase(namespace, name)).toBe("Running"));
  return name;
}

async function podPhase(namespace: string, workflow: string): Promise<string | undefined> {
  const { items } = await core.listNamespacedPod({
    namespace,
    labelSelector: `workflows.argoproj.io/workflow=${workflow}`,
  });
  return items[0]?.status?.phase;
}

describe("two teams on one platform", () => {
  test("a second up changes nothing of either", async () => {
    const again = await applyTeams({ stateDir });
    expect(again.map(({ stack }) => stack)).toEqual(["execution", "research"]);
    for (const { changes } of again) expect(Object.keys(changes)).toEqual(["same"]);
  });

  test.each(["execution", "research"])(
    "%s is what the golden file shows, passes every policy, and needs no change",
    async (name) => {
      const preview = await previewTeam("local", name, stateDir);
      await expect(goldenLines(preview.resources)).toMatchFileSnapshot(`../golden/teams/${name}.txt`);
      expect(Object.keys(preview.changes)).toEqual(["same"]);
      expect(preview.warnings.filter((warning) => warning.includes("can't run policy"))).toEqual([]);
    },
  );

  test("the profile that is read from the cluster is the one that comes along", async () => {
    const named = { kubeConfig: config, embedded: false, description: "the test's cluster" };
    expect(await profileOf(named)).toEqual(localProfile());
  });

  test("more quota for one changes that team's queue and its part of the profile, and nothing of the other", async () => {
    const more = JSON.stringify({
      cpu: { cpu: 60, memory: 190 },
      cpu_spot: { cpu: 130, memory: 450 },
      gpu_slices: { cpu: 60, memory: 700, gpu: 42 },
    });
    const raised = await applyPlatform({ ...stack("execution"), config: { "team:quota": more } });
    expect(operations(raised)).toEqual([
      "update ClusterQueue cluster-queue-execution-cpu",
      "update ClusterQueue cluster-queue-execution-gpu",
      "update ConfigMap team-profile-execution",
    ]);
    expect(Object.keys((await previewPlatform(stack("research"))).changes)).toEqual(["same"]);
    await applyPlatform(stack("execution"));
  });

  test("a team that takes what another has is refused with who has what, and nothing is applied", async () => {
    const quota = JSON.stringify({ gpu: { cpu: 46, memory: 170, gpu: 5 } });
    const touched: string[] = [];
    const refused = applyPlatform({
      ...stack("execution"),
      config: { "team:quota": quota, "team:name": "research" },
      onResource: ({ type, operation }) => touched.push(`${operation} ${type}`),
    });
    await expect(refused).rejects.toThrow(
      /team:quota\.gpu\.gpu {2}teams add up to 17; the 4 nodes of gpu have 16 GPUs to give/,
    );
    await expect(refused).rejects.toThrow(/team:name {2}research is the name in Pulumi\.research\.yaml, too/);
    expect(touched.filter((what) => what.includes("kubernetes:"))).toEqual([]);
    expect(Object.keys((await previewPlatform(stack("execution"))).changes)).toEqual(["same"]);
  });
});

describe("what the accounts of one team may do to another", () => {
  let worker: Account;
  let executor: Account;
  let driver: Account;
  beforeAll(async () => {
    worker = await accounts.login("team-research", "argo-workflow");
    executor = await accounts.login("team-research", "argo-executor");
    driver = await accounts.login("team-research", "job-driver");
  });

  test("nothing in its namespace: no pod, no Secret, no Workflow, no account's token", async () => {
    const namespace = "team-execution";
    const workflows = { group: "argoproj.io", version: "v1alpha1", plural: "workflows", namespace };
    const asked = [worker, executor, driver].flatMap(({ core, custom }) => [
      core.listNamespacedPod({ namespace }),
      core.createNamespacedPod({ namespace, body: pod("intruder") }),
      core.readNamespacedSecret({ namespace, name: "binance-readonly" }),
      custom.listNamespacedCustomObject(workflows),
      core.createNamespacedServiceAccountToken({ namespace, name: "job-driver", body: { spec: { audiences: [] } } }),
    ]);
    const answers = await Promise.all(asked.map(answer));
    expect(answers.filter((one) => !one.startsWith("403"))).toEqual([]);
  });

  test("its own account makes pods in its own namespace, so that a refusal above is one of the place", async () => {
    const name = unique("own");
    const namespace = "team-research";
    expect(await answer(driver.core.createNamespacedPod({ namespace, body: pod(name, {}, QUEUED) }))).toBe("granted");
    await core.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 });
  });

  test("no account makes a queue of its own; and one that leads into another's quota would admit nothing", async () => {
    const queue = { ...KUEUE, plural: "localqueues", namespace: "team-research" };
    const body = {
      apiVersion: "kueue.x-k8s.io/v1beta2",
      kind: "LocalQueue",
      metadata: { name: unique("theirs") },
      spec: { clusterQueue: "execution-cpu" },
    };
    expect(await answer(driver.custom.createNamespacedCustomObject({ ...queue, body }))).toMatch(/^403/);
    await custom.createNamespacedCustomObject({ ...queue, body });
    const name = unique("charged-to-others");
    const labels = { "kueue.x-k8s.io/queue-name": unique("theirs") };
    try {
      await core.createNamespacedPod({ namespace: "team-research", body: pod(name, {}, labels) });
      const workloads = { ...KUEUE, plural: "workloads", namespace: "team-research" };
      await cluster.eventually(async () => {
        const listed = JSON.stringify(await custom.listNamespacedCustomObject(workloads));
        expect(listed).toContain("doesn't match ClusterQueue selector");
      });
      const stored = await core.readNamespacedPod({ namespace: "team-research", name });
      expect(stored.spec?.schedulingGates?.map((gate) => gate.name)).toContain("kueue.x-k8s.io/admission");
    } finally {
      await core.deleteNamespacedPod({ namespace: "team-research", name, gracePeriodSeconds: 0 });
      await custom.deleteNamespacedCustomObject({ ...queue, name: unique("theirs") });
    }
  });

  test("a pod that the security baseline forbids is refused in its own namespace, too", async () => {
    const { spec, ...right } = pod(unique("bad"));
    const make = (body: object) => answer(driver.core.createNamespacedPod({ namespace: "team-research", body }));
    for (const securityContext of [
      { allowPrivilegeEscalation: true, capabilities: { drop: ["ALL"] } },
      { allowPrivilegeEscalation: false, capabilities: { add: ["SYS_ADMIN"] } },
      { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, runAsNonRoot: false, runAsUser: 0 },
    ])
      expect(await make(pod(unique("bad"), { securityContext }))).toMatch(/^403.*violates PodSecurity/s);
    const volumes = [{ name: "host", hostPath: { path: "/" } }];
    for (const change of [{ hostNetwork: true }, { hostPID: true }, { volumes }])
      expect(await make({ ...right, spec: { ...spec, ...change } })).toMatch(/^403.*violates PodSecurity/s);
  });

  test("an address outside of the cluster is more than the namespace has to give", async () => {
    const body = {
      metadata: { name: unique("way-in") },
      spec: { type: "LoadBalancer", ports: [{ port: 443 }], selector: { a: "b" } },
    };
    expect(await answer(driver.core.createNamespacedService({ namespace: "team-research", body }))).toMatch(
      /^403.*exceeded quota: team, requested: services.loadbalancers=1/s,
    );
  });
});

describe("what people may do, by their groups", () => {
  const may = (group: string, verb: string, resource: string, more: object = {}) =>
    accounts.mayGroup(group, { namespace: "team-research", verb, resource, ...more });
  const submissions = { group: "orch.dev" };
  const queues = { group: "kueue.x-k8s.io", namespace: "" };

  test("a member submits and cancels for the own team, and not for another", async () => {
    expect(await may("research", "create", "submissions", submissions)).toBe(true);
    expect(await may("research", "delete", "submissions", submissions)).toBe(true);
    const elsewhere = { ...submissions, namespace: "team-execution" };
    expect(await may("research", "create", "submissions", elsewhere)).toBe(false);
    expect(await may("research", "get", "submissions", elsewhere)).toBe(false);
    expect(await may("execution", "create", "submissions", submissions)).toBe(false);
  });

  test("who may only read does not submit; who belongs to nothing sees nothing", async () => {
    expect(await may("risk", "get", "submissions", submissions)).toBe(true);
    expect(await may("risk", "create", "submissions", submissions)).toBe(false);
    expect(await may("risk", "create", "workflows", { group: "argoproj.io" })).toBe(false);
    expect(await may("strangers", "get", "submissions", submissions)).toBe(false);
  });

  // Who reads for risk belongs to both teams.
  test.each([
    { group: "risk", other: true },
    { group: "research", other: false },
    { group: "research-leads", other: false },
  ])(
    "$group sees the queues and the part of the profile of its teams by their names, and no other's",
    async ({ group, other }) => {
      const configMaps = { namespace: "orchestr" };
      for (const [verb, resource, more] of [
        ["get", "clusterqueues", { ...queues, name: "research-gpu" }],
        ["get", "configmaps", { ...configMaps, name: "platform-profile" }],
        ["get", "configmaps", { ...configMaps, name: "team-profile-research" }],
        ["list", "localqueues", { group: "kueue.x-k8s.io" }],
      ] as const)
        expect([resource, await may(group, verb, resource, more)]).toEqual([resource, true]);
      for (const [verb, resource, more] of [
        ["list", "clusterqueues", queues],
        ["watch", "clusterqueues", queues],
        ["update", "clusterqueues", { ...queues, name: "research-gpu" }],
        ["list", "configmaps", configMaps],
        ["update", "configmaps", { ...configMaps, name: "team-profile-research" }],
        ["update", "localqueues", { group: "kueue.x-k8s.io", name: "gpu" }],
      ] as const)
        expect([verb, resource, await may(group, verb, resource, more)]).toEqual([verb, resource, false]);
      expect(await may(group, "get", "clusterqueues", { ...queues, name: "execution-cpu" })).toBe(other);
      expect(await may(group, "get", "configmaps", { ...configMaps, name: "team-profile-execution" })).toBe(other);
    },
  );

  test("a lead sees the team's limits and does not change them", async () => {
    expect(await may("research-leads", "list", "resourcequotas")).toBe(true);
    expect(await may("research", "list", "resourcequotas")).toBe(false);
    expect(await may("research-leads", "update", "resourcequotas")).toBe(false);
    expect(await may("research-leads", "get", "secrets")).toBe(false);
  });
});

describe("orch quota", () => {
  const folder = mkdtempSync(join(tmpdir(), "orch-people-"));
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await accounts.clear();
  });
  const asMemberOf = async (group: string) => {
    const file = join(folder, group);
    writeFileSync(file, (await accounts.loginAs(group)).kubeconfig);
    return (...args: string[]) => orch(["quota", "--kubeconfig", file, ...args]);
  };

  test.each(["risk", "research", "research-leads"])(
    "shows a member of %s what the administrator sees of the team, but not what others use",
    async (group) => {
      const quota = await asMemberOf(group);
      const all = await orch(["quota", "--kubeconfig", kubeconfig, "--team", "research", "--json"]);
      const seen = await quota("--team", "research", "--json");
      expect([seen.stderr, seen.code]).toEqual(["", 0]);
      const others = JSON.parse(all.stdout);
      expect(others.quota).toContainEqual(
        expect.objectContaining({ flavor: "gpu-spot", resource: "gpu", nominal: "24", lent: "0" }),
      );
      // Research lends all of its quota, and borrows nothing.
      expect(JSON.parse(seen.stdout)).toEqual({
        ...others,
        quota: others.quota.map((use: object) => ({ ...use, lent: null })),
      });
      expect(others.quota).toContainEqual(expect.objectContaining({ resource: "gpu 1g.10gb", nominal: "70" }));
      const table = await quota();
      expect(table.stdout).toMatch(/^gpu-spot +gpu +24 +0 +0 +\? +24 +0$/m);
      expect(table.stderr).toContain("? depends on what other teams use now");
    },
  );

  test.each([
    { group: "execution", asked: "research", refused: "team-profile-research" },
    { group: "strangers", asked: "research", refused: "platform-profile" },
  ])("shows a member of $group nothing of $asked", async ({ group, asked, refused }) => {
    const { code, stdout, stderr } = await (await asMemberOf(group))("--team", asked);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(`could not read the profile orchestr/${refused}`);
    expect(stderr).toContain("forbidden");
  });
});

describe("a team that is taken away while its work runs", () => {
  afterAll(() => applyPlatform(stack("execution")));

  test("leaves nothing behind, and the other team's work goes on", async () => {
    const [ours] = await Promise.all([running("research"), running("execution")]);
    await destroyPlatform(stack("execution"));

    const rbac = config.makeApiClient(RbacAuthorizationV1Api);
    const labelSelector = "orch.dev/team=execution";
    const left = await Promise.all([
      core.listNamespace({ labelSelector }),
      core.listConfigMapForAllNamespaces({ labelSelector }),
      rbac.listRoleForAllNamespaces({ labelSelector }),
      rbac.listRoleBindingForAllNamespaces({ labelSelector }),
      rbac.listClusterRole({ labelSelector }),
      rbac.listClusterRoleBinding({ labelSelector }),
    ]);
    expect(left.flatMap(({ items }) => items.map(({ metadata }) => metadata?.name))).toEqual([]);
    const clusterQueues = JSON.stringify(await custom.listClusterCustomObject({ ...KUEUE, plural: "clusterqueues" }));
    expect(clusterQueues).toContain("research-cpu");
    expect(clusterQueues).not.toContain("execution-");
    const workflows = { group: "argoproj.io", version: "v1alpha1", plural: "workflows", namespace: "team-execution" };
    expect(JSON.stringify(await custom.listNamespacedCustomObject(workflows))).not.toContain("endless");

    expect(await podPhase("team-research", ours)).toBe("Running");
    const work = { group: "argoproj.io", version: "v1alpha1", plural: "workflows", namespace: "team-research" };
    const { status } = await custom.getNamespacedCustomObject({ ...work, name: ours });
    expect(status).toMatchObject({ phase: "Running" });
    await custom.deleteNamespacedCustomObject({ ...work, name: ours });
  });
});

const QUEUED = { "kueue.x-k8s.io/queue-name": "cpu" };
