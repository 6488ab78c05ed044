import { z } from "zod";
import { CLASS_LABEL } from "../../../components/cluster/constants.ts";
import { knownAt } from "../../verdict/known.ts";
import { ofKind, type Resource } from "../../verdict/resource.ts";
import { stackRule } from "../../verdict/rule.ts";

const isNodeGroup = ofKind("aws:eks/NodeGroup");

export const batchPoolsAreMostlySpot = stackRule({
  name: "batch-pools-are-mostly-spot",
  description: "Of the nodes that batch work may have, most are bought as spot.",
  why: "spot costs about a third; work that is retried does not notice, and the difference pays for everything else.",
  fix: "raise `pools.<class>_spot.max` or lower `pools.<class>.max` in the stack's configuration, or set another share in the settings of batch-pools-are-mostly-spot.",
  settings: z.strictObject({
    /** Share of a class's nodes at most, from 0 to 1. */
    minShare: z.number().min(0).max(1).default(0.5),
    /** Values of the label orch.dev/class. */
    classes: z.array(z.string()).default(["cpu", "gpu"]),
  }),
  applies: isNodeGroup,
  check(group, { minShare, classes }, stack) {
    const own = classOf(group);
    if (!classes.some((one) => one === own)) return [];
    const groups = stack.filter((one) => isNodeGroup(one) && classOf(one) === own);
    // Said once for the class, of its first group.
    if (groups[0] !== group && groups[0]?.urn !== group.urn) return [];
    const all = groups.reduce((sum, one) => sum + size(one), 0);
    const spot = groups.filter(isSpot).reduce((sum, one) => sum + size(one), 0);
    if (all === 0 || spot / all >= minShare) return [];
    return [
      `is one of ${all} nodes of class ${String(own)} at most, of which ${spot} are spot; it must be ${percent(minShare)} or more`,
    ];
  },
});

const classOf = ({ props }: Resource): unknown => knownAt(props, "labels", CLASS_LABEL);
const isSpot = ({ props }: Resource): boolean => knownAt(props, "capacityType") === "SPOT";
const percent = (share: number): string => `${Math.round(share * 100)} %`;

function size({ props }: Resource): number {
  const most = knownAt(props, "scalingConfig", "maxSize");
  return typeof most === "number" ? most : 0;
}
