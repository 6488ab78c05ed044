import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { SPOT_TAINT } from "../../../components/cluster/index.ts";
import {
  planKuberayValues,
  planRayCluster,
  planRayService,
  planServeConfig,
} from "../../../components/compute/index.ts";

const serving = {
  availability: "high",
  image: "ghcr.io/archetype/serving:1.4.0",
  importPath: "serving.app:app",
  deployment: "Model",
  pool: "gpu",
  replicas: { min: 2, max: 8 },
  replica: { cpu: 4, memoryGi: 16, gpu: 1 },
  targetOngoingRequests: 8,
} as const;

const cluster = {
  team: "research",
  namespace: "team-research",
  pool: "gpu_spot",
  workers: { replicas: 3, min: 0, max: 3 },
  idleSeconds: 600,
} as const;

describe("the inference gateway", () => {
  const { rayClusterConfig: ray, ...service } = planRayService(serving);
  const [workers] = ray.workerGroupSpecs;

  test("its head answers nothing and runs nothing", () => {
    expect(service.excludeHeadPodFromServeSvc).toBe(true);
    expect(ray.headGroupSpec.rayStartParams["num-cpus"]).toBe("0");
    expect(ray.headGroupSpec.template.spec.nodeSelector).toEqual({ "orch.dev/class": "system" });
  });

  test("it never runs on a node that may vanish", () => {
    expect(workers?.template.spec.nodeSelector).toEqual({ "orch.dev/pool": "gpu" });
    expect(JSON.stringify(workers?.template.spec.tolerations)).not.toContain(SPOT_TAINT.key);
  });

  test("a new version takes over when it is healthy, not before", () => {
    expect(service.upgradeStrategy).toEqual({ type: "NewCluster" });
  });

  test("each worker holds one replica, and there is a node for the last of them", () => {
    const [container] = workers?.template.spec.containers ?? [];
    expect(container?.resources.limits).toMatchObject({ "nvidia.com/gpu": "1" });
    expect(workers).toMatchObject({ minReplicas: 2, maxReplicas: 8 });
  });

  test("from a burst to a new replica takes less than 30 seconds of deciding", () => {
    const [application] = parse(planServeConfig(serving)).applications;
    const scaling = application.deployments[0].autoscaling_config;
    expect(scaling.metrics_interval_s + scaling.look_back_period_s + scaling.upscale_delay_s).toBeLessThan(30);
    expect(scaling).toMatchObject({ min_replicas: 2, max_replicas: 8 });
  });

  test("what cannot be answered in time is refused at once", () => {
    const [application] = parse(planServeConfig(serving)).applications;
    expect(application.deployments[0].max_queued_requests).toBe(160);
  });

  test("without Redis nothing is said of it; with it, its password is a secret's", () => {
    expect(ray).not.toHaveProperty("gcsFaultToleranceOptions");
    const redis = { address: "redis:6379", secretName: "ray-redis" };
    expect(planRayService({ ...serving, redis }).rayClusterConfig).toMatchObject({
      gcsFaultToleranceOptions: {
        redisAddress: "redis:6379",
        redisPassword: { valueFrom: { secretKeyRef: { name: "ray-redis", key: "password" } } },
      },
    });
  });
});

describe("the cluster ray-gpu", () => {
  const spec = planRayCluster(cluster);
  const [workers] = spec.workerGroupSpecs;

  test("has a head and three workers of one GPU, 8 cores and 32 GiB", () => {
    const [container] = workers?.template.spec.containers ?? [];
    expect(workers).toMatchObject({ groupName: "gpu", replicas: 3 });
    expect(container?.resources.requests).toEqual({ cpu: "8", memory: "32Gi", "nvidia.com/gpu": "1" });
  });

  test("stands in its team's queues: the head with CPU work, the workers with GPU work", () => {
    const queue = "kueue.x-k8s.io/queue-name";
    expect(spec.headGroupSpec.template.metadata.labels[queue]).toBe("cpu");
    expect(workers?.template.metadata.labels[queue]).toBe("gpu");
  });

  test("its head is on no GPU node and on no spot node, wherever its workers are", () => {
    expect(spec.headGroupSpec.template.spec.nodeSelector).toEqual({ "orch.dev/pool": "cpu" });
    expect(workers?.template.spec.nodeSelector).toEqual({ "orch.dev/pool": "gpu_spot" });
  });

  test("gives back workers that have nothing to do", () => {
    expect(spec.enableInTreeAutoscaling).toBe(true);
    expect(spec.autoscalerOptions.idleTimeoutSeconds).toBe(600);
  });

  test("every container is confined", () => {
    for (const { template } of [spec.headGroupSpec, ...spec.workerGroupSpecs]) {
      for (const { securityContext } of template.spec.containers) {
        expect(securityContext).toMatchObject({ readOnlyRootFilesystem: true, allowPrivilegeEscalation: false });
      }
      expect(template.spec.securityContext).toMatchObject({ runAsNonRoot: true });
    }
  });
});

test("Kueue decides admission: the operator brings no scheduler of its own", () => {
  expect(planKuberayValues({ availability: "high", monitoring: true })).toMatchObject({
    batchScheduler: { enabled: false },
    replicas: 2,
  });
});
