import { z } from "zod";
import { COHORT } from "../../../components/workflow/constants.ts";
import { knownAt } from "../../verdict/known.ts";
import { resourceRule } from "../../verdict/rule.ts";
import { amounts, exact, isClusterQueue, quotasOf } from "../cluster-queue.ts";

export const quotaWithinPools = resourceRule({
  name: "quota-within-pools",
  description: "A team's queue is in the cohort, and its nominal quota is no more than its pools have to give.",
  why: "a quota that no number of nodes can serve admits work that then waits for nodes which never come.",
  fix: "lower the team's quota, or raise the pool's maximum in the platform's configuration and in the settings of quota-within-pools.",
  settings: z.strictObject({
    /** What each flavor's pool has to give with all of its nodes. A flavor that is left out has nothing. */
    pools: amounts.default({}),
    cohort: z.string().default(COHORT),
  }),
  applies: isClusterQueue,
  check(queue, { pools, cohort }) {
    const own = knownAt(queue.props, "spec", "cohortName");
    return [
      ...(own === cohort
        ? []
        : [`is in ${own === undefined ? "no cohort" : `cohort ${String(own)}`}, not in ${cohort}`]),
      ...quotasOf(queue).flatMap(({ flavor, resource, nominal }) => {
        const most = pools[flavor]?.[resource];
        if (exact(nominal) <= exact(most)) return [];
        return [
          most === undefined
            ? `has a quota of ${nominal} ${resource} in ${flavor}, of which no pool has any`
            : `has a quota of ${nominal} ${resource} in ${flavor}; all of its nodes have ${most}`,
        ];
      }),
    ];
  },
});
