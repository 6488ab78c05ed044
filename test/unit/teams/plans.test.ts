import { describe, expect, test } from "vitest";
import {
  burstAnnotations,
  planLimitRange,
  planProfileRights,
  planQueueRights,
  planResourceQuota,
  planRights,
  TEAM_ROLES,
} from "../../../components/team/index.ts";
import { parseTeam } from "../../../stacks/team/config.ts";
import { planTeam } from "../../../stacks/team/plan.ts";
import { teamFilesOf } from "../../../stacks/team/planned-profile.ts";
import { plannedPlatform } from "../../../stacks/team/platform.ts";
import { platformReference } from "../../../stacks/team/project.ts";
import { SHAPE } from "../../../stacks/team/schema.ts";

const CHECKOUT = new URL("../../../", import.meta.url).pathname;

/** What a role may do, as `verb resource`. */
const may = (role: (typeof TEAM_ROLES)[number], submissionApi: boolean) =>
  planRights(role, { submissionApi }).flatMap(({ verbs, resources = [] }) =>
    (Array.isArray(resources) ? resources : []).flatMap((resource) =>
      (Array.isArray(verbs) ? verbs : []).map((verb) => `${verb} ${resource}`),
    ),
  );
const CHANGES = /^(create|update|patch|delete|deletecollection|bind|escalate|impersonate) /;

describe("what people of a team may do", () => {
  test("each role has all rights of the one before it", () => {
    for (const [index, role] of TEAM_ROLES.entries()) {
      const before = TEAM_ROLES[index - 1];
      if (before !== undefined) expect(may(role, true)).toEqual(expect.arrayContaining(may(before, true)));
    }
  });

  test("nobody changes anything past the audit where there is a submission service", () => {
    for (const role of TEAM_ROLES)
      expect(may(role, true).filter((right) => CHANGES.test(right))).toEqual(
        role === "read" ? [] : ["create submissions", "delete submissions"],
      );
  });

  test("without a service whoever submits creates and cancels Workflows, and nothing else", () => {
    expect(may("submit", false).filter((right) => CHANGES.test(right))).toEqual([
      "create submissions",
      "delete submissions",
      "create workflows",
      "patch workflows",
    ]);
    expect(may("read", false)).toEqual(may("read", true));
  });

  test("nobody reads a Secret or opens a shell in a pod", () => {
    for (const role of TEAM_ROLES)
      expect(may(role, false).filter((right) => /secrets|pods\/(exec|attach|portforward)|token/.test(right))).toEqual(
        [],
      );
  });

  test("what lies outside of the namespace is seen by its name: the team's ClusterQueues and its part of the profile", () => {
    const outside = [...planQueueRights(["research-cpu"]), ...planProfileRights("research")];
    expect(outside.map(({ resources, verbs, resourceNames }) => [resources, verbs, resourceNames])).toEqual([
      [["clusterqueues"], ["get"], ["research-cpu"]],
      [["configmaps"], ["get"], ["platform-profile", "team-profile-research"]],
    ]);
  });
});

describe("what Kueue does not count", () => {
  const limits = SHAPE.limits.parse({ storageGi: 300, storageClasses: { gp3: 100 } });

  test("is counted by the namespace: objects, disks by class, and no way in from outside", () => {
    const { hard } = planResourceQuota(limits, ["gp3", "io2"]);
    expect(hard).toMatchObject({
      "requests.storage": "300Gi",
      "gp3.storageclass.storage.k8s.io/requests.storage": "100Gi",
      "io2.storageclass.storage.k8s.io/requests.storage": "300Gi",
      "services.loadbalancers": "0",
      "services.nodeports": "0",
      "count/cronjobs.batch": "0",
    });
    expect(Object.keys(hard ?? {}).filter((key) => /pods|cpu|memory|gpu|workflows/.test(key))).toEqual([]);
  });

  test("a container that asks for nothing is counted for something", () => {
    expect(planLimitRange(limits).limits).toContainEqual(
      expect.objectContaining({ type: "Container", defaultRequest: { cpu: "100m", memory: "128Mi" } }),
    );
  });
});

describe("a team that may borrow", () => {
  test("has its approval on its queues, any other has none", () => {
    const approval = { by: "platform", at: "2026-11-01", until: "2027-02-28" };
    expect(burstAnnotations({ quota: {}, burst: 0.5 }, approval)).toEqual({
      "orch.dev/burst-approved-by": "platform",
      "orch.dev/burst-approved-at": "2026-11-01",
      "orch.dev/burst-approved-until": "2027-02-28",
    });
    expect(burstAnnotations({ quota: {} }, approval)).toEqual({});
  });
});

describe("what a team's pods reach", () => {
  const platform = plannedPlatform(platformReference("prod"), CHECKOUT);
  const others = teamFilesOf("prod");
  const raw = others.find(({ stack }) => stack === "research-prod")?.raw ?? {};
  const planned = (change: object) =>
    planTeam(
      parseTeam({ stack: "research-prod", raw: { ...raw, ...change }, others, platform, today: "2027-01-01" }),
      platform,
    ).access;

  test("is what the platform opens, and what the team's file adds", () => {
    const names = (access: ReturnType<typeof planned>) => (access.egress ?? []).map(({ name }) => name);
    expect(names(planned({}))).toEqual(["https", "pod-identity", "aws"]);
    const egress = [{ name: "market-data", cidrs: ["198.51.100.0/24"] }];
    expect(names(planned({ egress }))).toEqual(["https", "pod-identity", "aws", "market-data"]);
    expect(planned({}).apiServer?.cidrs).toEqual(["10.60.0.0/16", "172.20.0.0/16"]);
  });

  test("is the Redis of its Ray cluster, too, where it has one", () => {
    const redis = { address: "redis.internal:6379", cidrs: ["10.9.0.0/16"], secretScope: "s3-lake-ro" };
    expect(planned({ rayCluster: { redis } }).egress).toContainEqual({
      name: "redis",
      cidrs: ["10.9.0.0/16"],
      ports: [6379],
    });
  });
});
