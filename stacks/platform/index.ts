import * as pulumi from "@pulumi/pulumi";
import { OPERATORS, OperatorCrds } from "../../components/compute/index.ts";
import { ARGO_NAMESPACE, PublishedProfile } from "../../components/workflow/index.ts";
import { openCluster } from "./cluster.ts";
import { planContract } from "./contract.ts";
import { load } from "./load.ts";
import type { Platform } from "./platform.ts";
import { planProfile } from "./profile.ts";
import { apiRoom } from "./rooms/api.ts";
import { auditRoom } from "./rooms/audit.ts";
import { capacityMonitoring, capacityRoom } from "./rooms/capacity.ts";
import { computeRoom } from "./rooms/compute.ts";
import { monitoringRoom, observabilityRoom } from "./rooms/observability.ts";
import { queueRoom } from "./rooms/queue.ts";
import { registryRoom } from "./rooms/registry.ts";
import { securityRoom } from "./rooms/security.ts";
import { workflowRoom } from "./rooms/workflow.ts";

// The platform of one environment, in the order it comes up.

const environment = pulumi.getStack();
const { config, machine } = load(process.env);

const cluster = openCluster(environment, config, machine);
const platform: Platform = { environment, config, machine, cluster };

const capacity = capacityRoom(platform);
const monitoring = monitoringRoom(platform, { bucket: capacity.buckets?.platform, dependsOn: capacity.ready });
capacityMonitoring(platform, monitoring.ready);
const security = securityRoom(platform, { dependsOn: [...capacity.ready, ...monitoring.ready] });
const { secrets } = security;
const afterSecurity = { secrets, bucket: capacity.buckets?.platform, dependsOn: security.ready };
const registry = registryRoom(platform, afterSecurity);
const queue = queueRoom(platform, afterSecurity);
const audit = auditRoom(platform, afterSecurity);
await observabilityRoom(platform, {
  secrets,
  databases: registry.databases,
  dependsOn: [...monitoring.ready, ...security.ready],
});

const workflow = workflowRoom(platform, {
  database: registry.databases?.argo,
  secrets,
  artifacts: capacity.buckets?.artifacts,
  dependsOn: [...capacity.ready, ...monitoring.ready],
});

const operators = OPERATORS.flatMap((operator) => {
  const crds = machine.crds[operator];
  return crds === undefined ? [] : [new OperatorCrds(operator, { cluster, operator, crds })];
});
for (const [operator, reason] of Object.entries(machine.leftOut)) {
  void pulumi.log.warn(`${operator} is left out, and DAGs of its kinds cannot run here: ${reason}`);
}

const compute = computeRoom(platform, {
  secrets,
  databases: registry.databases,
  brokers: queue.brokers,
  buckets: capacity.buckets,
  dependsOn: [...capacity.ready, ...monitoring.ready, ...workflow.queues],
});

const plannedProfile = planProfile(environment, config);
const published = new PublishedProfile(
  "platform-profile",
  { cluster, namespace: ARGO_NAMESPACE, profile: plannedProfile },
  // Who reads it may count on everything it names.
  { dependsOn: [...workflow.ready, ...operators, ...compute.ready] },
);

apiRoom(platform, {
  brokers: queue.brokers,
  audit,
  artifacts: capacity.buckets?.artifacts,
  dependsOn: [...queue.ready, ...workflow.ready, published],
});

/** What the compiler may rely on besides the teams: each has a stack of its own, whose output `profile` has the team in it. */
export const profile = plannedProfile;

/** What a team's stack builds on; `stacks/platform-contract.ts` says what it is. */
export const forTeams = {
  ...planContract(environment, config),
  artifactsKeyArn: capacity.buckets?.artifacts.keyArn,
};
