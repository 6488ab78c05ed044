import { z } from "zod";
import type { Resource } from "../../verdict/resource.ts";
import { stackRule } from "../../verdict/rule.ts";
import { type Amounts, amounts, exact, isClusterQueue, quotasOf, readable, teamOf } from "../cluster-queue.ts";

const settings = z.strictObject({
  /** What each flavor's pool has to give with all of its nodes. */
  pools: amounts.default({}),
  /** What each team has been allotted. A team that is left out: nothing. */
  teams: z.record(z.string(), amounts).default({}),
});

/**
 * A team's stack sees its own queues and no other team's. What all teams have is therefore written in the settings, which whoever
 * answers for the cluster reviews; no team may have more than is written there, and what is written has to fit.
 */
export const quotasAddUp = stackRule({
  name: "quotas-add-up",
  description: "A team has no more quota than it has been allotted, and what all teams have been allotted is there.",
  why: "nominal quota is a promise that a team gets it whenever it asks; promised twice, it is broken when it matters.",
  fix: "let whoever answers for the cluster change what the team is allotted in the settings of quotas-add-up, within what the pools have; or lower the team's quota.",
  settings,
  applies: isClusterQueue,
  check(queue, { pools, teams }, stack) {
    const team = teamOf(queue);
    const allotted = teams[team];
    return quotasOf(queue).flatMap(({ flavor, resource, nominal }) => {
      if (exact(nominal) === 0n) return [];
      const has = inStack(stack, team, flavor, resource);
      const may = exact(allotted?.[flavor]?.[resource]);
      const promised = sumOf(Object.values(teams), flavor, resource);
      const there = exact(pools[flavor]?.[resource]);
      const amount = (nano: bigint) => `${readable(nano, resource)} ${resource}`;
      return [
        ...(has > may
          ? [`makes it ${amount(has)} in ${flavor} for team ${team}, which is allotted ${amount(may)}`]
          : []),
        ...(promised > there
          ? [
              `shares ${flavor} with teams that are allotted ${amount(promised)} together; its nodes have ${amount(there)}`,
            ]
          : []),
      ];
    });
  },
});

const sumOf = (all: readonly Amounts[], flavor: string, resource: string): bigint =>
  all.reduce((sum, one) => sum + exact(one[flavor]?.[resource]), 0n);

/** A team may have several queues; together they are its quota. */
const inStack = (stack: readonly Resource[], team: string, flavor: string, resource: string): bigint =>
  stack
    .filter((one) => isClusterQueue(one) && teamOf(one) === team)
    .flatMap(quotasOf)
    .filter((quota) => quota.flavor === flavor && quota.resource === resource)
    .reduce((sum, { nominal }) => sum + exact(nominal), 0n);
