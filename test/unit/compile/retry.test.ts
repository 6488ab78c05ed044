import { describe, expect, it } from "vitest";
import { INFRASTRUCTURE_MESSAGES } from "../../../submission/compile/index.ts";
import { INFRASTRUCTURE_PATTERN } from "../../../submission/compile/infrastructure-messages.ts";
import { compiled, dagOf, profile, python, submissionOf, templateOf } from "./submissions.ts";

const ray = { id: "a", kind: "ray_job", image: "ghcr.io/archetype/trainers:0.8.1" };

describe("infrastructure loss", () => {
  it.each(INFRASTRUCTURE_MESSAGES)("is seen in %j", ({ pattern, example }) => {
    expect(example).toMatch(new RegExp(`^(${pattern})`));
    expect(example).toMatch(new RegExp(INFRASTRUCTURE_PATTERN));
  });

  it.each([
    "main: Error (exit code 1)",
    "main: OOMKilled (exit code 137)",
    "main: Error (exit code 1): pod deleted",
    "Pod was active on the node longer than the specified deadline",
    "Pod ephemeral local storage usage exceeds the total limit of containers 1Gi.",
    "simulated: a failing task",
    "main: Error (exit code 64): failure condition '{status.jobStatus in [FAILED STOPPED]}' evaluated true",
    "",
  ])("is not seen in what the user's own program did: %j", (message) => {
    expect(message).not.toMatch(new RegExp(INFRASTRUCTURE_PATTERN));
  });

  it("has a budget of its own, apart from the user's attempts", () => {
    const result = compiled(submissionOf(dagOf([python("a", { retry: { max_attempts: 3, backoff_sec: 10 } })])));
    expect(templateOf(result, "a").retryStrategy?.expression).toContain(
      `asInt(retries) < ${profile.infrastructureAttempts} &&`,
    );
    expect(templateOf(result, "0-a").retryStrategy).toEqual({
      limit: 2,
      retryPolicy: "Always",
      backoff: { duration: "10s", factor: 2, cap: "900s" },
    });
  });

  it("moves the last attempt of spot_ok work on-demand, and avoids the machines that failed", () => {
    const noMachine = `lastRetry.message startsWith "can't find failed message for pod "`;
    const { affinity, retryStrategy } = templateOf(compiled(submissionOf(dagOf([python("a")]))), "a");
    const terms =
      affinity?.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions;
    expect(terms).toContainEqual({
      key: "orch.dev/capacity",
      operator: "In",
      values: ["on-demand", `{{=asInt(retries) < 3 && !(${noMachine}) ? 'spot' : 'on-demand'}}`],
    });
    expect(retryStrategy?.affinity).toEqual({ nodeAntiAffinity: {} });
  });

  it("does not count what had no machine as a loss, and ends all the same", () => {
    const { retryStrategy } = templateOf(compiled(submissionOf(dagOf([python("a")]))), "a");
    expect(retryStrategy?.limit).toBe(profile.infrastructureAttempts + 12);
    expect(retryStrategy?.expression).toMatch(
      /^lastRetry\.message startsWith "can't find failed message for pod " \|\| /,
    );
  });

  it("makes a custom resource again that is gone, on-demand, and waits for one that is not as it is", () => {
    const gone = "lastRetry.message startsWith 'main: Error (exit code 64): The resource has been deleted'";
    const none =
      "lastRetry.message startsWith 'main: Error (exit code 64): no more retries Error from server (NotFound)'";
    const result = compiled(submissionOf(dagOf([ray])));
    const { resource, retryStrategy } = templateOf(result, "a");
    expect(resource?.action).toBe(`{{=retries == '0' || ${gone} || ${none} ? 'create' : 'get'}}`);
    expect(retryStrategy?.expression).toContain(
      ` || ${gone} || asInt(retries) < ${profile.infrastructureAttempts} && `,
    );
    const tags = resource?.manifest.match(/\{\{=.*?\}\}/g);
    expect(tags).toEqual([`{{=${gone} ? 'on-demand' : 'spot'}}`]);
    expect(resource?.manifest).toContain(`"values":["on-demand","${tags?.[0]}"]`);
  });

  it("moves Spark's executor, and Ray's head too where it stands beside its workers' GPUs", () => {
    const moving = (node: object) =>
      templateOf(compiled(submissionOf(dagOf([node]))), "a").resource?.manifest.match(/\{\{=/g)?.length ?? 0;
    const spark = { id: "a", kind: "spark_sql", params: { sql: "select 1" } };
    expect([moving(ray), moving({ ...ray, resources: { gpu: 1 } }), moving(spark)]).toEqual([1, 2, 1]);
    expect(moving({ ...spark, qos: "on_demand" })).toBe(0);
    const flink = { id: "a", kind: "flink_job", image: "flink:1.20.1", params: { sql: "select 1" } };
    expect(moving(flink)).toBe(0);
  });

  it("asks nothing of Argo where losses have no attempts", () => {
    const using = { ...profile, infrastructureAttempts: 0 };
    const { resource, retryStrategy } = templateOf(
      compiled(submissionOf(dagOf([ray]), {}, undefined, using), undefined, using),
      "a",
    );
    expect([resource?.action, retryStrategy]).toEqual(["create", undefined]);
    expect(resource?.manifest).not.toContain("{{=");
  });

  it("leaves work that is never on spot where it is", () => {
    const { affinity } = templateOf(compiled(submissionOf(dagOf([python("a", { qos: "on_demand" })]))), "a");
    expect(JSON.stringify(affinity)).not.toContain("spot");
  });
});
