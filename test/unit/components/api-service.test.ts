import { describe, expect, test } from "vitest";
import {
  CLUSTER_RULES,
  NAMESPACE_RULES,
  planDeployment,
  planReach,
  planResultRights,
  TEAM_RULES,
} from "../../../components/api/index.ts";
import { planPolicy } from "../../../components/cluster/index.ts";
import { API_EXAMPLES, API_SHAPE, apiFindings } from "../../../stacks/platform/schema/api.ts";
import { resultObject } from "../../../submission/compile/result.ts";

const process = {
  namespace: "orchestr",
  image: API_EXAMPLES.submission.image,
  availability: "high",
  brokers: { address: "redpanda:9093", secretName: "redpanda-dispatcher", authority: true },
  audit: { address: "https://audit:8443", secretName: "clickhouse-writer" },
} as const;

const pod = (role: "api" | "dispatcher") => {
  const { template } = JSON.parse(JSON.stringify(planDeployment(role, process)));
  return { ...template.spec, container: template.spec.containers[0] };
};

describe("the service's pods", () => {
  test("are told their role, and ask for nothing a pod of the platform may not have", () => {
    expect(pod("dispatcher").container.args).toEqual(["serve", "--role", "dispatcher"]);
    expect(pod("api").container.securityContext).toMatchObject({ readOnlyRootFilesystem: true, runAsNonRoot: true });
  });

  test("get user and password out of secrets, never as text", () => {
    const env: { name: string; value?: string; valueFrom?: object }[] = pod("api").container.env;
    const sensitive = env.filter(({ name }) => /USERNAME|PASSWORD/.test(name));
    expect(sensitive).toHaveLength(4);
    expect(sensitive.filter(({ value }) => value !== undefined)).toEqual([]);
  });

  test("check a server against the authority of its secret where it has one of its own", () => {
    const { volumes } = pod("api");
    const authorities = volumes.find(({ name }: { name: string }) => name === "authorities");
    expect(authorities.projected.sources).toEqual([
      { secret: { name: "redpanda-dispatcher", items: [{ key: "ca", path: "brokers.crt" }] } },
    ]);
  });

  test("are as many as the lag asks for: the Deployment of the dispatcher names no number", () => {
    expect(planDeployment("dispatcher", process)).not.toHaveProperty("replicas");
    expect(planDeployment("api", process).replicas).toBe(2);
  });

  test("take requests only while they are ready, and finish what they have in hand", () => {
    expect(pod("api").container.readinessProbe.httpGet.path).toBe("/readyz");
    expect(pod("api").terminationGracePeriodSeconds).toBe(60);
  });
});

describe("the service's rights", () => {
  test("only the dispatcher creates Workflows, and neither deletes anything or reads a secret", () => {
    const verbs = (role: "api" | "dispatcher") => TEAM_RULES[role].flatMap((rule) => rule.verbs);
    expect(verbs("api")).not.toContain("create");
    expect(verbs("dispatcher")).toContain("create");
    const all = JSON.stringify([TEAM_RULES, CLUSTER_RULES]);
    for (const word of ["delete", "secrets", '"*"']) expect(all).not.toContain(word);
  });

  test("in the whole cluster the API asks who a caller is and what he may do, the dispatcher nothing", () => {
    expect(CLUSTER_RULES.api.flatMap((rule) => rule.resources)).toEqual(["tokenreviews", "subjectaccessreviews"]);
    expect(CLUSTER_RULES.dispatcher).toEqual([]);
  });
});

describe("the Lease by which dispatchers agree who watches", () => {
  test("is the only one they may touch, and they cannot make another", () => {
    expect(NAMESPACE_RULES.dispatcher).toEqual([
      {
        apiGroups: ["coordination.k8s.io"],
        resources: ["leases"],
        resourceNames: ["submission-watch"],
        verbs: ["get", "update"],
      },
    ]);
  });

  test("is named to dispatchers, and an API has nothing to do with it", () => {
    const lease = { name: "ORCH_WATCH_LEASE", value: "orchestr/submission-watch" };
    expect(pod("dispatcher").container.env).toContainEqual(lease);
    expect(JSON.stringify(pod("api"))).not.toContain("ORCH_WATCH_LEASE");
  });
});

describe("what nodes wrote to their result path", () => {
  const told = (results?: boolean) => JSON.stringify(planDeployment("dispatcher", { ...process, results }));

  test("is read where there is a bucket of the platform's own, and nowhere else", () => {
    expect(told(true)).toContain('{"name":"ORCH_RESULTS","value":"s3"}');
    expect(told()).not.toContain("ORCH_RESULTS");
  });

  test("is all that the service may read of the bucket: no data, nothing written, one key", () => {
    const rights = planResultRights({ arn: "arn:aws:s3:::artifacts", keyArn: "arn:aws:kms:us-east-1:1:key/1" });
    expect(planPolicy(rights).Statement).toEqual([
      { Effect: "Allow", Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::artifacts/runs/*/result.json"] },
      {
        Effect: "Allow",
        Action: ["s3:ListBucket"],
        Resource: ["arn:aws:s3:::artifacts"],
        Condition: { StringLikeIfExists: { "s3:prefix": ["runs/*"] } },
      },
      { Effect: "Allow", Action: ["kms:Decrypt"], Resource: ["arn:aws:kms:us-east-1:1:key/1"] },
    ]);
  });

  test("has the name that the compiler gives it", () => {
    const [read] = planResultRights({ arn: "arn:aws:s3:::artifacts", keyArn: "k" });
    const allowed = new RegExp(`^${String(read?.resources[0]).replaceAll("*", ".+")}$`);
    const object = resultObject({ uri: "s3://artifacts" }, "sub-1", "fetch_data");
    expect(`arn:aws:s3:::${object?.bucket}/${object?.key}`).toMatch(allowed);
  });
});

describe("the service's neighbours", () => {
  const policies = planReach({
    callers: ["team-research"],
    servers: { brokers: { namespace: "redpanda", ports: [9093] } },
    monitoredFrom: "monitoring",
  });

  test("are named one by one, with their ports", () => {
    expect(Object.keys(policies).sort()).toEqual([
      "api-from-callers",
      "api-from-monitoring",
      "api-to-brokers",
      "dispatcher-from-monitoring",
      "dispatcher-to-brokers",
    ]);
    expect(policies["dispatcher-to-brokers"]?.egress).toEqual([
      {
        to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "redpanda" } } }],
        ports: [{ protocol: "TCP", port: 9093 }],
      },
    ]);
  });

  test("nobody calls the dispatcher but Prometheus", () => {
    const calling = Object.entries(policies).filter(
      ([name, spec]) => name.startsWith("dispatcher") && JSON.stringify(spec).includes("Ingress"),
    );
    expect(calling.map(([name]) => name)).toEqual(["dispatcher-from-monitoring"]);
  });
});

describe("the service's configuration", () => {
  const systems = { "submission-api": "chart", redpanda: "chart", keda: "off", clickhouse: "chart" };

  test("an image is named by digest", () => {
    expect(API_SHAPE.submission.safeParse({ image: "ghcr.io/archetype/orch:latest" }).success).toBe(false);
    expect(API_SHAPE.submission.safeParse({ image: process.image }).success).toBe(true);
  });

  test("what it cannot run without is asked for, all at once", () => {
    const config = { systems: { ...systems, "external-secrets": "off" }, submission: API_SHAPE.submission.parse({}) };
    const findings = apiFindings(config as Parameters<typeof apiFindings>[0]);
    expect(findings.map(({ path }) => path.join("."))).toEqual([
      "submission.image",
      "systems.keda",
      "systems.external-secrets",
    ]);
  });

  test("nothing is asked for where it is not installed", () => {
    const config = { systems: { "submission-api": "off" }, submission: API_SHAPE.submission.parse({}) };
    expect(apiFindings(config as Parameters<typeof apiFindings>[0])).toEqual([]);
  });
});
