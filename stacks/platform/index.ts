import * as pulumi from "@pulumi/pulumi";
import { OPERATORS, OperatorCrds } from "../../components/compute/index.ts";
import { SecureNamespace } from "../../components/security/index.ts";
import { Team } from "../../components/team/index.ts";
import {
  ARGO_NAMESPACE,
  ArgoWorkflows,
  KUEUE_NAMESPACE,
  KUEUE_WEBHOOK_PORTS,
  Kueue,
  PublishedProfile,
} from "../../components/workflow/index.ts";
import { openCluster } from "./cluster.ts";
import { load } from "./load.ts";
import type { Platform } from "./platform.ts";
import { planProfile } from "./profile.ts";
import { apiRoom } from "./rooms/api.ts";
import { capacityRoom } from "./rooms/capacity.ts";
import { computeRoom } from "./rooms/compute.ts";
import { observabilityRoom } from "./rooms/observability.ts";
import { queueRoom } from "./rooms/queue.ts";
import { registryRoom } from "./rooms/registry.ts";
import { securityRoom } from "./rooms/security.ts";
import { argoSettings, createdKinds, installation, teamAccess } from "./settings.ts";

// The platform of one environment, in the order it comes up.

const environment = pulumi.getStack();
const { config, machine } = load(process.env);

const cluster = openCluster(environment, config, machine);
const { provider, facts } = cluster;
const platform: Platform = { environment, config, machine, cluster };

const capacity = capacityRoom(platform);
observabilityRoom(platform);
const security = securityRoom(platform, { dependsOn: capacity.ready });
const afterSecurity = { secrets: security.secrets, dependsOn: security.ready };
registryRoom(platform, afterSecurity);
queueRoom(platform, afterSecurity);

const orchestr = new SecureNamespace(
  ARGO_NAMESPACE,
  { namespace: ARGO_NAMESPACE, access: { apiServer: facts.apiServer, egress: config.egress } },
  { provider },
);

const argo = new ArgoWorkflows(
  "argo-workflows",
  {
    cluster,
    namespace: ARGO_NAMESPACE,
    installation: installation("argo-workflows", config, machine),
    config: argoSettings(config),
    requeueTime: config.argo.requeueTime,
  },
  { dependsOn: [orchestr] },
);

// Where Kueue runs elsewhere, so does its namespace.
const kueueSystem =
  config.systems.kueue === "chart"
    ? [
        new SecureNamespace(
          KUEUE_NAMESPACE,
          { namespace: KUEUE_NAMESPACE, access: { apiServer: facts.apiServer, webhookPorts: KUEUE_WEBHOOK_PORTS } },
          { provider },
        ),
      ]
    : [];

const kueue = new Kueue(
  "kueue",
  { cluster, namespace: KUEUE_NAMESPACE, installation: installation("kueue", config, machine) },
  { dependsOn: kueueSystem },
);

const operators = OPERATORS.flatMap((operator) => {
  const crds = machine.crds[operator];
  return crds === undefined ? [] : [new OperatorCrds(operator, { cluster, operator, crds })];
});
for (const [operator, reason] of Object.entries(machine.leftOut)) {
  void pulumi.log.warn(`${operator} is left out, and DAGs of its kinds cannot run here: ${reason}`);
}

computeRoom(platform);
apiRoom(platform);

const kinds = createdKinds(config);
const access = teamAccess(config, cluster);
for (const [team, share] of Object.entries(config.teams)) {
  new Team(team, { cluster, team, share, kinds, access }, { dependsOn: kueue.ready });
}

const plannedProfile = planProfile(environment, config);
new PublishedProfile(
  "platform-profile",
  { cluster, namespace: ARGO_NAMESPACE, profile: plannedProfile },
  // Published last: who reads it may count on everything it names.
  { dependsOn: [...argo.ready, ...kueue.ready, ...operators] },
);

/** What the compiler may rely on; `pulumi stack output profile` gives the file that `orch --profile` reads. */
export const profile = plannedProfile;
