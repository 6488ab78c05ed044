import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseConfig } from "../../../stacks/platform/config.ts";
import { ownKeys } from "../../../stacks/platform/keys.ts";
import { readMachine } from "../../../stacks/platform/machine.ts";
import { type ConfigKey, EXAMPLES, SHAPE } from "../../../stacks/platform/schema.ts";
import { GATE_NAMES } from "../../../submission/spec/release/index.ts";
import { UserError } from "../../../submission/spec/user-error.ts";

type Raw = Record<string, unknown>;

function stackFile(stack: string): Raw {
  const file: { config: Raw } = parse(readFileSync(new URL(`../../../Pulumi.${stack}.yaml`, import.meta.url), "utf8"));
  return ownKeys(file.config);
}

/** The mistakes in a configuration, as the user reads them. */
function mistakes(raw: Raw): { message: string; hint: string } {
  try {
    parseConfig(raw);
  } catch (error) {
    if (error instanceof UserError) return { message: error.message, hint: error.hint ?? "" };
    throw error;
  }
  throw new Error("the configuration was accepted");
}

const local = stackFile("local");

describe("the committed configurations", () => {
  test.each(["local", "dev", "prod"])("%s is right", (stack) => {
    expect(() => parseConfig(stackFile(stack))).not.toThrow();
  });

  test.each(["local", "dev", "prod"])("%s allows no default provider", (stack) => {
    const file: { config: Raw } = parse(
      readFileSync(new URL(`../../../Pulumi.${stack}.yaml`, import.meta.url), "utf8"),
    );
    expect(file.config["pulumi:disable-default-providers"]).toEqual(["*"]);
  });

  test("the engine's text of a value means the same as the file's", () => {
    const asText = Object.fromEntries(
      Object.entries(local).map(([key, value]) => [
        `orchestration-layer:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    );
    expect(parseConfig(ownKeys({ ...asText, "aws:region": "elsewhere" }))).toEqual(parseConfig(local));
  });
});

describe("a wrong configuration", () => {
  test("every mistake is named at once, with its key and an example", () => {
    const { message, hint } = mistakes({
      ...local,
      region: "Frankfurt",
      infrastructureAttempts: -1,
      systems: { ...(local.systems as Raw), kueue: "off" },
      colour: "blue",
    });
    expect(message).toContain("4 mistakes");
    expect(message).toContain("orchestration-layer:region  must be a region, e.g. us-east-1");
    expect(message).toContain("orchestration-layer:infrastructureAttempts");
    expect(message).toContain("orchestration-layer:systems.kueue");
    expect(message).toContain("orchestration-layer:colour  no such key");
    expect(hint).toContain('orchestration-layer:region: "us-east-1"');
  });

  test("mistakes in the shape do not hide mistakes in how the rest fits together", () => {
    const pools = { ...(local.pools as Raw), cpu: { min: 9, max: 8 } };
    const { message } = mistakes({ ...local, region: 5, pools });
    expect(message).toContain("orchestration-layer:region");
    expect(message).toContain("orchestration-layer:pools.cpu  min 9 is above max 8");
  });

  test("a key that is missing is said to be missing", () => {
    const { cluster: _, ...rest } = local;
    expect(mistakes(rest).message).toContain("orchestration-layer:cluster  must be given");
  });

  test("a field that does not exist is named", () => {
    const storage = { ...(local.storage as Raw), bucket: "x" };
    expect(mistakes({ ...local, storage }).message).toContain("orchestration-layer:storage  no such field: bucket");
  });

  test.each<[string, Raw, string]>([
    ["teams, which have stacks of their own", { teams: { research: {} } }, "orchestration-layer:teams  no such key"],
    [
      "a team's namespace that no rule is enforced in",
      { policy: { exemptNamespaces: ["team-research"] } },
      "team-research belongs to a team",
    ],
    [
      "a pool whose minimum is above its maximum",
      { pools: { ...(local.pools as Raw), cpu: { min: 9, max: 8 } } },
      "min 9 is above max 8",
    ],
    ["a zone of another region", { zones: ["eu-west-1a"] }, "eu-west-1a is not in us-east-1"],
    [
      "a store in a zone the stack has not",
      { storage: { uri: "s3://artifacts", datasetZones: { lake: "us-east-1f" } } },
      "us-east-1f is none of the stack's zones",
    ],
    [
      "a chart where nothing can run it",
      { systems: { ...(local.systems as Raw), kueue: "chart" } },
      "cannot be chart on a cluster of kind embedded",
    ],
    [
      "a DAG that may create roles",
      { customKinds: [{ apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", resource: "roles" }] },
      "no DAG may create it",
    ],
    ["a bucket without its scheme", { storage: { uri: "artifacts" } }, "must be s3://bucket or s3://bucket/prefix"],
  ])("%s", (_, change, reason) => {
    expect(mistakes({ ...local, ...change }).message).toContain(reason);
  });

  test("a network that is too small, or a cluster in one zone", () => {
    const dev = stackFile("dev");
    const cluster = { ...(dev.cluster as Raw), vpcCidr: "10.0.0.0/24" };
    expect(mistakes({ ...dev, cluster }).message).toContain(
      "orchestration-layer:cluster.vpcCidr  10.0.0.0/24 must be a block of /16 to /20",
    );
    const storage = { uri: "s3://artifacts" };
    expect(mistakes({ ...dev, storage, zones: ["us-east-1a"] }).message).toContain(
      "EKS needs subnets in at least two zones",
    );
  });
});

describe("examples shown beside an error", () => {
  test.each(Object.keys(SHAPE) as ConfigKey[])("the one of %s is right", (key) => {
    expect(SHAPE[key].safeParse(EXAMPLES[key]).error?.issues).toBeUndefined();
  });
});

describe("what the machine adds", () => {
  test("a variable that is missing is named, with what sets it", () => {
    expect(() => readMachine(parseConfig(local), {})).toThrow("ORCH_KUBECONFIG is not set");
  });

  test("a definition that is missing is named", () => {
    const env = { ORCH_CRDS: "/nonexistent", ORCH_KUBECONFIG: "kubeconfig" };
    expect(() => readMachine(parseConfig(local), env)).toThrow(
      "/nonexistent/argo-workflows/workflows.argoproj.io.json",
    );
  });

  test("an EKS stack with charts needs nothing of the machine", () => {
    const { gates, ...machine } = readMachine(parseConfig(stackFile("prod")), {});
    expect(machine).toEqual({ kubeconfig: undefined, crds: {}, leftOut: {} });
    expect(gates.map(({ gate }) => gate)).toEqual(GATE_NAMES);
    expect(gates.find(({ gate }) => gate === "canary-was-long-enough")?.settings).toEqual({
      minHours: 72,
      minRequests: 100_000,
      minTrafficPercent: 5,
    });
  });
});
