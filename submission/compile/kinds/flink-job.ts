import type { FlinkJob, JsonObject } from "../../spec/index.ts";
import { parseImage } from "../../spec/values/image.ts";
import { cpuMillis, memoryBytes } from "../../spec/values/quantity.ts";
import { type Context, canonical } from "../context.ts";
import type { CustomResource } from "../custom-resource.ts";
import { affinityOf, type Placement, queueLabels } from "../placement.ts";
import { plain, podTemplate, spreadFields, workRole } from "../pod-template.ts";
import { imageOf } from "../program.ts";
import { type Spread, spreadOf } from "../spread.ts";
import { slotsOf } from "../workers.ts";

/** Runs a statement; an image for SQL carries it. `--scriptUri URI` or `--script TEXT`. */
const SQL_RUNNER = "local:///opt/flink/usrlib/sql-runner.jar";

/**
 * An application cluster of its own. A batch has succeeded when it is FINISHED; a stream when it is RUNNING, and then it belongs to
 * nobody: it outlives the Workflow. Kueue does not know FlinkDeployments: its pods stand in the queue, one by one.
 */
export function flinkJob(node: FlinkJob, placement: Placement, context: Context): CustomResource {
  const image = imageOf(node, context.profile);
  const cpu = cpuMillis(node.resources.cpu) / 1000;
  const memory = `${Math.floor(memoryBytes(node.resources.mem) / 1024 ** 2)}m`;
  const role = {
    ...workRole(node, "flink-main-container", image, placement, context),
    affinity: affinityOf(placement, context.profile),
    labels: queueLabels(placement),
  };
  const spread = spreadOf(node, placement, context.submission.params.submissionId);
  // The operator sizes the container itself, from `resource` below.
  const template = podTemplate(
    node,
    { ...role, resources: { requests: {}, limits: devices(role.resources.limits) } },
    placement,
    context,
  );
  return {
    apiVersion: "flink.apache.org/v1beta1",
    kind: "FlinkDeployment",
    body: {
      spec: {
        image,
        flinkVersion: versionOf(image),
        serviceAccount: context.team.driverServiceAccount,
        flinkConfiguration: {
          "kubernetes.taskmanager.service-account": context.team.serviceAccount,
          "execution.runtime-mode": node.streaming ? "STREAMING" : "BATCH",
          "taskmanager.numberOfTaskSlots": String(slotsOf(node)),
          "kubernetes.operator.savepoint.format.type": "NATIVE",
        },
        podTemplate: template,
        jobManager: {
          replicas: 1,
          resource: { cpu: 1, memory: "2048m" },
          // Creates its task managers itself: the one pod of the application with rights, and a token.
          podTemplate: {
            spec: { serviceAccountName: context.team.driverServiceAccount, automountServiceAccountToken: true },
          },
        },
        taskManager: { resource: { cpu, memory }, ...taskManagers(spread) },
        job: { ...program(node), parallelism: node.parallelism, upgradeMode: "stateless", state: "running" },
      },
    },
    successCondition: `status.jobStatus.state == ${node.streaming ? "RUNNING" : "FINISHED"}`,
    failureCondition: "status.jobStatus.state in (FAILED,CANCELED)",
    owned: !node.streaming,
    queued: false,
  };
}

/** What its pods have beyond the template of all: the operator puts one over the other. */
const taskManagers = (spread: Spread): JsonObject =>
  spread.constraints.length === 0
    ? {}
    : { podTemplate: plain({ metadata: { labels: spread.labels }, spec: spreadFields(spread) }) };

function program({ jarUri, sql, sqlUri, params, args }: FlinkJob): { jarURI: string; args: string[] } {
  const own = Object.keys(params)
    .sort()
    .flatMap((key) => {
      const value = params[key];
      return [`--${key}`, typeof value === "string" ? value : canonical(value ?? null)];
    });
  if (jarUri !== undefined) return { jarURI: jarUri, args: [...own, ...args] };
  const source = sqlUri === undefined ? ["--script", sql ?? ""] : ["--scriptUri", sqlUri];
  return { jarURI: SQL_RUNNER, args: [...source, ...own, ...args] };
}

/** `flink:1.20.2` -> `v1_20`; the operator wants to know, and the image is the only one who does. */
function versionOf(image: string): string {
  const parsed = parseImage(image);
  const tag = typeof parsed === "string" ? undefined : parsed.tag;
  const match = /(\d+)\.(\d+)/.exec(tag ?? "");
  return match === null ? "v1_20" : `v${match[1]}_${match[2]}`;
}

const devices = (limits: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(limits).filter(([name]) => name.includes("/")));
