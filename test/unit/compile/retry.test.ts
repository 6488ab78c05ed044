import { describe, expect, it } from "vitest";
import { INFRASTRUCTURE_MESSAGES } from "../../../submission/compile/index.ts";
import { INFRASTRUCTURE_PATTERN } from "../../../submission/compile/infrastructure-messages.ts";
import { compiled, dagOf, profile, python, submissionOf, templateOf } from "./submissions.ts";

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

  it("leaves work that is never on spot where it is", () => {
    const { affinity } = templateOf(compiled(submissionOf(dagOf([python("a", { qos: "on_demand" })]))), "a");
    expect(JSON.stringify(affinity)).not.toContain("spot");
  });
});
