import { describe, expect, it } from "vitest";
import { check } from "../../../submission/spec/index.ts";
import { compiled, dagOf, manifestOf, PARAMS, profile, submissionOf } from "./submissions.ts";

const ray = (params: object) => ({ id: "a", kind: "ray_job", image: "ghcr.io/archetype/trainers:0.8.1", params });
const result = (params: object) => compiled(submissionOf(dagOf([ray(params)])));
const made = (params: object) => manifestOf(result(params), "a");

describe("a Ray cluster", () => {
  it("has one worker, and as many as it is told", () => {
    const sizes = { replicas: 1, minReplicas: 1, maxReplicas: 1 };
    expect(made({})).toMatchObject({ spec: { rayClusterSpec: { workerGroupSpecs: [sizes] } } });
    const four = { replicas: 4, minReplicas: 4, maxReplicas: 4 };
    expect(made({ workers: 4 })).toMatchObject({ spec: { rayClusterSpec: { workerGroupSpecs: [four] } } });
  });

  it("keeps its size and has no rights unless it may grow", () => {
    const text = JSON.stringify(made({ workers: 4, max_workers: 4 }));
    expect(text).not.toContain("enableInTreeAutoscaling");
    expect(text).not.toContain(profile.teams.research?.driverServiceAccount);
  });

  it("that may grow has Ray's autoscaler, whose head may change it, and says to Kueue that its size changes", () => {
    const manifest = made({ workers: 1, max_workers: 8, idle_sec: 30 });
    expect(manifest).toMatchObject({
      metadata: { annotations: { "kueue.x-k8s.io/elastic-job": "true" } },
      spec: {
        rayClusterSpec: {
          enableInTreeAutoscaling: true,
          autoscalerOptions: { idleTimeoutSeconds: 30, resources: { requests: { cpu: "500m", memory: "512Mi" } } },
          headGroupSpec: {
            template: { spec: { serviceAccountName: "job-driver", automountServiceAccountToken: true } },
          },
          workerGroupSpecs: [
            {
              replicas: 1,
              minReplicas: 1,
              maxReplicas: 8,
              template: { spec: { serviceAccountName: "argo-workflow", automountServiceAccountToken: false } },
            },
          ],
        },
      },
    });
  });

  it("keeps what is about its size to itself, and hands the other params on", () => {
    const text = JSON.stringify(made({ workers: 2, epochs: 30 }));
    expect(text).toContain("ORCH_PARAM_EPOCHS");
    expect(text).not.toContain("ORCH_PARAM_WORKERS");
  });

  it("is charged all workers it starts with, and the autoscaler beside its head", () => {
    const charge = (params: object) => result(params).placements[0]?.charge;
    expect(charge({ workers: 3 })).toMatchObject({ work: { cpuMillis: 3000 }, leader: { cpuMillis: 1000 } });
    expect(charge({ workers: 3, max_workers: 9 })).toMatchObject({
      work: { cpuMillis: 3000 },
      leader: { cpuMillis: 1500 },
    });
  });

  it("of more workers than the team can ever have is refused", () => {
    expect(diagnosticsOf({ workers: 700 })).toEqual([
      expect.stringMatching(/^fit\/quota 700 workers of cpu 1, mem 2Gi: cpu 700, /),
    ]);
  });

  it("cannot shrink below what it starts with", () => {
    expect(diagnosticsOf({ workers: 4, max_workers: 2 })).toEqual([
      "schema/out-of-range max_workers is 2; it must be at least workers, which is 4.",
    ]);
  });
});

function diagnosticsOf(params: object): readonly string[] {
  const { diagnostics } = check({
    dag: { text: JSON.stringify(dagOf([ray(params)])), source: "dag.json" },
    params: { text: JSON.stringify(PARAMS), source: "params.json" },
    profile,
  });
  return diagnostics.filter(({ severity }) => severity === "error").map(({ code, message }) => `${code} ${message}`);
}
