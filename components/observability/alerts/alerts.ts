import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../../cluster/index.ts";
import { MANAGED_BY } from "../../security/index.ts";
import { MONITORING_NAMESPACE } from "../constants.ts";
import type { NodePrices } from "./cost.ts";
import { type Judged, type Objectives, planObjectives } from "./objectives.ts";
import { planRuleGroup } from "./rules.ts";

export interface AlertsArgs {
  readonly cluster: Cluster;
  readonly objectives: Objectives;
  readonly judged: Judged;
  readonly prices: NodePrices;
  /** Address of the document with a section per alert. */
  readonly runbookUrl: string;
}

/** The platform's promises as series and alerts: one PrometheusRule per group, so that a change of one is a change of one object. */
export class Alerts extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: AlertsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:observability:Alerts", name, {}, opts);
    const groups = planObjectives(args.objectives, args.judged, args.prices);
    this.ready = groups.map(
      (group) =>
        new k8s.apiextensions.CustomResource(
          `${name}-${group.name}`,
          {
            apiVersion: "monitoring.coreos.com/v1",
            kind: "PrometheusRule",
            metadata: { name: group.name, namespace: MONITORING_NAMESPACE, labels: { ...MANAGED_BY } },
            spec: { groups: [planRuleGroup(group, args.runbookUrl)] },
          },
          { parent: this, provider: args.cluster.provider },
        ),
    );
    this.registerOutputs({ groups: groups.map((group) => group.name) });
  }
}
