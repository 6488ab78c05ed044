import type { NodePlacement } from "../../compile/index.ts";
import { add, type Charge, PARTS, type Reach, reachText } from "../../spec/charge.ts";
import { plainTable, tableText } from "./run-table.ts";

/** What each node takes of what its team can get of each pool it may be in; nodes that take the same share their lines. */
export function quotaTable(placements: readonly NodePlacement[], colour: boolean): string {
  const table = plainTable(["NODES", "TAKES OF POOL", ...PARTS.map(({ name }) => name.toUpperCase())], colour);
  for (const { nodes, placement } of alike(placements)) {
    const { charge, quota } = placement;
    quota.forEach((reach, i) => {
      const who =
        i === 0 ? nodeNames(nodes) + (charge.leader === undefined ? "" : " (with the pod that leads it)") : "";
      table.push([who, reach.pool.name, ...PARTS.map((part) => share(charge, reach, part))]);
    });
  }
  return tableText(table);
}

interface Alike {
  readonly nodes: string[];
  readonly placement: NodePlacement;
}

function alike(placements: readonly NodePlacement[]): readonly Alike[] {
  const groups = new Map<string, Alike>();
  for (const placement of placements) {
    const key = JSON.stringify([placement.charge, placement.pools]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { nodes: [placement.node], placement });
    else group.nodes.push(placement.node);
  }
  return [...groups.values()];
}

const SHOWN = 3;
const nodeNames = (nodes: readonly string[]): string =>
  nodes.length <= SHOWN ? nodes.join(", ") : `${nodes.slice(0, SHOWN).join(", ")} and ${nodes.length - SHOWN} more`;

/** `4010m of 620`, `1 of 16 + 4 borrowed`; `-` where it takes nothing and `0 of 0` would say nothing. */
function share({ work, leader }: Charge, reach: Reach, part: (typeof PARTS)[number]): string {
  const taken = leader === undefined ? work : add(work, leader);
  if (part.of(taken) === 0) return "-";
  return `${part.text(taken)} of ${reachText(reach, part)}`;
}
