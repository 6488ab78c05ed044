import { setTimeout as delay } from "node:timers/promises";
import { KUEUE_WEBHOOK } from "../identity/credentials.ts";
import { accessObjects } from "../installation/access.ts";
import { ClusterObjects } from "../installation/apply.ts";
import { CONVERTED_CRDS, conversionPatch, kueueInstallation } from "../installation/kueue-webhooks.ts";
import { STAGE_CRD } from "../installation/stage-crd.ts";
import { nodeManifest, SIMULATED_LABEL, type SimulatedNode } from "../nodes/node-manifest.ts";
import type { Setting } from "../processes/process-plan.ts";
import { CORE_STAGES, OPERATOR_STAGES, type StageFile, stages } from "../stages/index.ts";
import { publishesCrd, servesCrd } from "./gates.ts";

type OperatorCrd = keyof typeof OPERATOR_STAGES;

const OPERATOR_VERSIONS: Record<OperatorCrd, string> = {
  "rayjobs.ray.io": "v1",
  "sparkapplications.sparkoperator.k8s.io": "v1beta2",
  "flinkdeployments.flink.apache.org": "v1beta1",
};

/** The environment's own objects in its cluster: rights of its controllers, webhooks, stages and nodes. */
export class Installation {
  readonly #setting: Setting;
  readonly #cluster: ClusterObjects;
  readonly #stagesInPlace = new Set<string>();

  constructor(setting: Setting) {
    this.#setting = setting;
    this.#cluster = new ClusterObjects(setting.folder.kubeconfig);
  }

  /** What KWOK needs: its CRD, served, and its rights and stages. */
  async prepareSimulation(): Promise<void> {
    await this.#cluster.apply(STAGE_CRD);
    await this.#cluster.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: KUEUE_WEBHOOK.namespace } });
    await this.#cluster.applyAll(accessObjects());
    while (!(await servesCrd(this.#setting, "stages.kwok.x-k8s.io", "v1alpha1"))) await delay(50);
    await this.#cluster.applyAll(CORE_STAGES.flatMap(stages));
  }

  /** Nodes that are not wanted any more are removed: the list is the truth, also over a restart. */
  async nodes(wanted: readonly SimulatedNode[]): Promise<void> {
    const names = new Set(wanted.map(({ name }) => name));
    const existing = await this.#cluster.list("v1", "Node", `${SIMULATED_LABEL}=true`);
    await this.#cluster.deleteAll(
      existing
        .filter((node) => !names.has(node.metadata?.name ?? ""))
        .map((node) => ({ apiVersion: "v1", kind: "Node", metadata: { name: node.metadata?.name ?? "" } })),
    );
    await this.#cluster.createMissing(wanted.map(nodeManifest));
  }

  async kueueWebhooks(): Promise<void> {
    const { credentials, ports } = this.#setting;
    await this.#cluster.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: KUEUE_WEBHOOK.namespace } });
    await this.#cluster.applyAll(kueueInstallation(credentials, ports.kueueWebhook));
  }

  async kueueConversion(): Promise<void> {
    const { credentials, ports } = this.#setting;
    await this.#cluster.applyAll(CONVERTED_CRDS.map((crd) => conversionPatch(crd, credentials, ports.kueueWebhook)));
  }

  /** Without Kueue its webhooks would refuse every change of a team's pod, deletion included. */
  async withoutKueue(): Promise<void> {
    const { credentials, ports } = this.#setting;
    await this.#cluster.deleteAll(
      kueueInstallation(credentials, ports.kueueWebhook).filter((object) =>
        object.kind?.endsWith("WebhookConfiguration"),
      ),
    );
  }

  /** Stages come and go with the CRD they are about. */
  async operatorStages(): Promise<void> {
    for (const [crd, file] of Object.entries(OPERATOR_STAGES) as [OperatorCrd, StageFile][]) {
      const served = await servesCrd(this.#setting, crd, OPERATOR_VERSIONS[crd]);
      if (served && !this.#stagesInPlace.has(crd)) {
        if (!(await publishesCrd(this.#setting, crd, OPERATOR_VERSIONS[crd]))) continue;
        await this.#cluster.applyAll(stages(file));
        this.#stagesInPlace.add(crd);
      } else if (!served && this.#stagesInPlace.has(crd)) {
        await this.#cluster.deleteAll(stages(file));
        this.#stagesInPlace.delete(crd);
      }
    }
  }
}
