import { LEADER_REQUESTS, RAY_AUTOSCALER_REQUEST } from "../../spec/defaults.ts";
import type { JsonObject, RayJob } from "../../spec/index.ts";
import type { Context } from "../context.ts";
import type { CustomResource } from "../custom-resource.ts";
import { leaderAffinity, type Placement } from "../placement.ts";
import { CONTAINER_SECURITY } from "../pod-security.ts";
import { plain, podTemplate, workRole } from "../pod-template.ts";
import { commandOf, imageOf, shellWord } from "../program.ts";
import { spotUnlessGone } from "../retry.ts";
import { spreadOf } from "../spread.ts";

/** A custom resource of Ray's own that only workers have: where it is asked for, the head is not. */
const WORKER_RESOURCE = "orch_worker";

/** Without it Kueue refuses a RayJob that changes its size: it could not charge the change. */
const ELASTIC = { "kueue.x-k8s.io/elastic-job": "true" };

const HEAD = LEADER_REQUESTS.ray_job;

/** Seconds after which a finished RayJob's cluster goes. */
const AFTER_FINISH = 60;

/**
 * One worker group with workers of the node's size; the head is small and runs no work. A cluster that may grow has Ray's autoscaler
 * beside the head, which then runs under the account of drivers: it changes the number of workers. Kueue charges each change. HTTPMode, because the operator
 * then hands the entrypoint over as it is: K8sJobMode would split it into words, and would add a pod of its own.
 */
export function rayJob(node: RayJob, placement: Placement, context: Context): CustomResource {
  const { profile } = context;
  const image = imageOf(node, profile);
  const grows = node.maxWorkers > node.workers;
  const entrypoint = [...commandOf(node, image, profile), ...node.args].map(shellWord).join(" ");
  const worker = {
    ...workRole(node, "ray-worker", image, placement, context),
    spread: spreadOf(node, placement, context.submission.params.submissionId),
  };
  const head = {
    container: "ray-head",
    image,
    resources: { requests: { cpu: HEAD.cpu, memory: HEAD.mem }, limits: { memory: HEAD.mem } },
    affinity: leaderAffinity(placement, profile, spotUnlessGone(profile.infrastructureAttempts)),
  };
  return {
    apiVersion: "ray.io/v1",
    kind: "RayJob",
    body: {
      spec: {
        entrypoint,
        entrypointResources: JSON.stringify({ [WORKER_RESOURCE]: 0.001 }),
        submissionMode: "HTTPMode",
        shutdownAfterJobFinishes: true,
        ttlSecondsAfterFinished: AFTER_FINISH,
        activeDeadlineSeconds: node.timeoutSeconds,
        backoffLimit: 0,
        rayClusterSpec: {
          ...(grows ? autoscaling(node) : {}),
          headGroupSpec: {
            rayStartParams: { "num-cpus": "0", "dashboard-host": "0.0.0.0" },
            template: podTemplate(node, { ...head, creates: grows }, placement, context),
          },
          workerGroupSpecs: [
            {
              groupName: "work",
              replicas: node.workers,
              minReplicas: node.workers,
              maxReplicas: node.maxWorkers,
              rayStartParams: { resources: `'${JSON.stringify({ [WORKER_RESOURCE]: 1 })}'` },
              template: podTemplate(node, worker, placement, context),
            },
          ],
        },
      },
    },
    ...(grows ? { annotations: ELASTIC } : {}),
    successCondition: "status.jobStatus == SUCCEEDED",
    failureCondition: "status.jobStatus in (FAILED,STOPPED),status.jobDeploymentStatus in (Failed,ValidationFailed)",
    owned: true,
    queued: true,
  };
}

function autoscaling({ idleSeconds }: RayJob): JsonObject {
  const { cpu, mem } = RAY_AUTOSCALER_REQUEST;
  return plain({
    enableInTreeAutoscaling: true,
    autoscalerOptions: {
      upscalingMode: "Default",
      idleTimeoutSeconds: idleSeconds,
      resources: { requests: { cpu, memory: mem }, limits: { memory: mem } },
      securityContext: CONTAINER_SECURITY,
    },
  });
}
