import { formatBytes, formatMillis } from "../../spec/values/quantity.ts";
import type { QueueUse, QuotaUse } from "../run/quota-use.ts";
import { plainTable, tableText } from "./run-table.ts";

/** In place of an amount that depends on what the caller may not see. */
const UNSEEN = "?";
export const OTHERS_UNSEEN = `${UNSEEN} depends on what other teams use now, which only those see who may list all ClusterQueues.`;

/** Flavors and resources of which the team has nothing and can get nothing are left out. */
export function quotaUseTable(uses: readonly QuotaUse[], colour: boolean): string {
  const table = plainTable(["FLAVOR", "RESOURCE", "NOMINAL", "USED", "BORROWED", "LENT", "LEFT", "BORROWABLE"], colour);
  for (const use of uses) {
    const { flavor, resource, nominal, used, borrowed, lent, left, borrowable } = use;
    if (nominal === 0n && used === 0n && borrowable === 0n) continue;
    const amounts = [nominal, used, borrowed, lent, left, borrowable];
    table.push([
      flavor,
      resourceName(resource),
      ...amounts.map((amount) => (amount === undefined ? UNSEEN : amountText(resource, amount))),
    ]);
  }
  return tableText(table);
}

export function queueTable(queues: readonly QueueUse[], colour: boolean): string {
  const table = plainTable(["QUEUE", "ADMITTED", "WAITING"], colour);
  for (const { queue, admitted, pending } of queues) table.push([queue, String(admitted), String(pending)]);
  return tableText(table);
}

/** As a DAG spec calls it; slices of GPUs `gpu 1g.10gb`, with their `gpu_slice`. */
export const resourceName = (resource: string): string =>
  ({ memory: "mem", "nvidia.com/gpu": "gpu" })[resource] ?? resource.replace(/^nvidia\.com\/mig-/, "gpu ");

const NANO = 1_000_000_000n;

/** `310`, `1500m`, `1.5Gi`, as a DAG spec writes it. */
export function amountText(resource: string, amount: bigint): string {
  if (resource === "cpu") return formatMillis(Number(amount / 1_000_000n));
  if (resource === "memory") return formatBytes(Number(amount / NANO));
  return String(amount / NANO);
}
