import { AuthorizationV1Api, KubeConfig, type V1ResourceAttributes } from "@kubernetes/client-node";
import { describe, expect, inject, test } from "vitest";
import { goldenLines } from "../engine/platform-golden.ts";
import { previewStack } from "../engine/platform-preview.ts";

const config = new KubeConfig();
config.loadFromFile(inject("kubeconfig"));
const authorization = config.makeApiClient(AuthorizationV1Api);

/** Whether the API server lets a service account do something. */
async function may(account: string, resourceAttributes: V1ResourceAttributes): Promise<boolean> {
  const [namespace, name] = account.split("/");
  const review = await authorization.createSubjectAccessReview({
    body: {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: { user: `system:serviceaccount:${namespace}:${name}`, resourceAttributes },
    },
  });
  return review.status?.allowed ?? false;
}

const inTeam = (verb: string, group: string, resource: string): V1ResourceAttributes => ({
  namespace: "team-research",
  verb,
  group,
  resource,
});

describe("the applied stack", () => {
  test("is what the golden file shows, passes every policy, and needs no change", async () => {
    const preview = await previewStack("local", { stateDir: inject("stateDir") });
    await expect(goldenLines(preview.resources)).toMatchFileSnapshot("../golden/platform/local.txt");
    expect(Object.keys(preview.changes)).toEqual(["same"]);
    expect(preview.warnings.filter((warning) => warning.includes("can't run policy"))).toEqual([]);
  });
});

describe("rights in the cluster", () => {
  test("a main container's account can do nothing", async () => {
    const wishes = [inTeam("get", "", "pods"), inTeam("get", "", "secrets"), inTeam("create", "ray.io", "rayjobs")];
    const granted = await Promise.all(wishes.map((wish) => may("team-research/argo-workflow", wish)));
    expect(granted).toEqual([false, false, false]);
  });

  test("argoexec creates and follows what its team may run, and reads no secret", async () => {
    const executor = "team-research/argo-executor";
    expect(await may(executor, inTeam("create", "argoproj.io", "workflowtaskresults"))).toBe(true);
    expect(await may(executor, inTeam("create", "ray.io", "rayjobs"))).toBe(true);
    expect(await may(executor, inTeam("get", "flink.apache.org", "flinkdeployments"))).toBe(true);
    expect(await may(executor, inTeam("get", "", "secrets"))).toBe(false);
    expect(await may(executor, inTeam("create", "rbac.authorization.k8s.io", "roles"))).toBe(false);
    expect(await may(executor, { ...inTeam("create", "ray.io", "rayjobs"), namespace: "orchestr" })).toBe(false);
  });

  test("the workflow controller runs pods everywhere and reads no secret anywhere", async () => {
    const controller = "orchestr/argo-workflow-controller";
    expect(await may(controller, inTeam("create", "", "pods"))).toBe(true);
    expect(await may(controller, inTeam("get", "", "secrets"))).toBe(false);
    expect(await may(controller, { namespace: "orchestr", verb: "get", resource: "secrets" })).toBe(false);
  });
});
