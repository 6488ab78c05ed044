import { type CoreV1Api, PatchStrategy } from "@kubernetes/client-node";
import { type Connection, httpStatus } from "../../submission/service/kubernetes/index.ts";
import type { SimulatedNode } from "../cluster/index.ts";
import { nodeManifest } from "../cluster/nodes/node-manifest.ts";

/** A control plane at the height of the morning may take its time. */
const PATIENT = { timeoutMillis: 60_000 };

export interface MachinesOptions {
  readonly core: CoreV1Api;
  readonly connection: Connection;
  readonly machines: readonly SimulatedNode[];
  /** Where the pods are that run on them. */
  readonly namespaces: readonly string[];
}

/** Simulated spot machines that are taken back, and those that come in their place. */
export class Machines {
  readonly #options: MachinesOptions;

  constructor(options: MachinesOptions) {
    this.#options = options;
  }

  /** As a node termination handler does on notice: nothing new goes there, what runs is ended, the machine is gone. */
  async takeBack(names: readonly string[]): Promise<void> {
    await Promise.all(
      names.map(async (name) => {
        await this.#cordon(name);
        await this.#endPods(name);
        await this.#remove(name);
        // What was placed there while it was being cordoned.
        await this.#endPods(name);
      }),
    );
  }

  async replace(names: readonly string[]): Promise<void> {
    const { core, connection, machines } = this.#options;
    for (const machine of machines.filter(({ name }) => names.includes(name))) {
      await core.createNode({ body: nodeManifest(machine) }, connection.request(PATIENT));
    }
  }

  async #cordon(name: string): Promise<void> {
    const { core, connection } = this.#options;
    const headers = { "Content-Type": PatchStrategy.MergePatch };
    await core.patchNode(
      { name, body: { spec: { unschedulable: true } } },
      connection.request({ ...PATIENT, headers }),
    );
  }

  async #endPods(machine: string): Promise<void> {
    const { core, connection, namespaces } = this.#options;
    for (const namespace of namespaces) {
      const fieldSelector = `spec.nodeName=${machine},status.phase!=Succeeded,status.phase!=Failed`;
      const { items } = await core.listNamespacedPod({ namespace, fieldSelector }, connection.request(PATIENT));
      for (const { metadata } of items) {
        try {
          await core.deleteNamespacedPod({ name: metadata?.name ?? "", namespace }, connection.request(PATIENT));
        } catch (error) {
          if (httpStatus(error) !== 404) throw error;
        }
      }
    }
  }

  async #remove(name: string): Promise<void> {
    const { core, connection } = this.#options;
    await core.deleteNode({ name }, connection.request(PATIENT));
  }
}
