import { CustomObjectsApi } from "@kubernetes/client-node";
import { z } from "zod";
import { apiError, httpStatus } from "../../service/kubernetes/api-errors.ts";
import type { PlatformProfile, Team } from "../../spec/index.ts";
import { UserError } from "../../spec/user-error.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { type Cluster, type ClusterOptions, connect } from "../run/connect.ts";
import { clusterQueue, localQueue } from "../run/queue-objects.ts";
import { type ClusterQueues, type TeamUse, teamUse } from "../run/quota-use.ts";
import { profileOfTeam, teamOf } from "../run/team.ts";
import { amountText, OTHERS_UNSEEN, queueTable, quotaUseTable, resourceName } from "../show/quota-table.ts";
import type { Terminal } from "../terminal.ts";

export interface QuotaOptions extends ClusterOptions {
  readonly profile?: string;
  readonly team?: string;
  readonly json?: boolean;
}

/** What a team has of its quota at this moment, as the cluster's Kueue counts it. */
export async function quota(options: QuotaOptions, terminal: Terminal): Promise<ExitCode> {
  const cluster = connect(options);
  const profile = await profileOfTeam(cluster, options.profile, options.team);
  const name = nameOf(profile, options.team);
  const use = await read(cluster, name, teamOf(profile, options.team));
  if (options.json) terminal.out(JSON.stringify(quotaJson(name, use), null, 2));
  else {
    terminal.out(`team ${name} on ${cluster.description}`);
    terminal.out("");
    terminal.out(quotaUseTable(use.quota, terminal.colour));
    terminal.out("");
    terminal.out(queueTable(use.queues, terminal.colour));
    if (use.quota.some(({ lent, borrowable }) => lent === undefined || borrowable === undefined))
      terminal.note(OTHERS_UNSEEN);
  }
  return EXIT.fine;
}

const nameOf = (profile: PlatformProfile, team: string | undefined): string => team ?? profile.defaultTeam ?? "";

const KUEUE = { group: "kueue.x-k8s.io", version: "v1beta2" } as const;

async function read(cluster: Cluster, name: string, { namespace, queues }: Team): Promise<TeamUse> {
  const api = cluster.kubeConfig.makeApiClient(CustomObjectsApi);
  const names: readonly string[] = Object.values(queues);
  try {
    const local = await api.listNamespacedCustomObject({ ...KUEUE, namespace, plural: "localqueues" });
    const own = z.object({ items: z.array(localQueue) }).parse(local).items;
    const wanted = own.filter(({ metadata }) => names.includes(metadata.name));
    if (wanted.length === 0) {
      throw new UserError(`team ${name} has no queues in namespace ${namespace} of ${cluster.description}`, {
        hint: "apply the stack that makes the team's queues there, or name another cluster",
        exitCode: 2,
      });
    }
    return teamUse(wanted, await clusterQueues(api, [...new Set(wanted.map(({ spec }) => spec.clusterQueue))]));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw apiError(error, `read the queues of team ${name}`, cluster.description);
  }
}

/** Those of all teams for who may see them, else the team's own: its people may read these by name. */
async function clusterQueues(api: CustomObjectsApi, own: readonly string[]): Promise<ClusterQueues> {
  const plural = "clusterqueues";
  try {
    const all = await api.listClusterCustomObject({ ...KUEUE, plural });
    return { queues: z.object({ items: z.array(clusterQueue) }).parse(all).items, complete: true };
  } catch (error) {
    if (httpStatus(error) !== 403) throw error;
  }
  const objects = await Promise.all(own.map((name) => api.getClusterCustomObject({ ...KUEUE, plural, name })));
  return { queues: z.array(clusterQueue).parse(objects), complete: false };
}

function quotaJson(team: string, { quota: uses, queues }: TeamUse) {
  return {
    team,
    quota: uses.map(({ queue, flavor, resource, ...amounts }) => ({
      queue,
      flavor,
      resource: resourceName(resource),
      ...Object.fromEntries(
        Object.entries(amounts).map(([name, amount]) => [
          name,
          amount === undefined ? null : amountText(resource, amount),
        ]),
      ),
    })),
    queues: queues.map(({ queue, clusterQueue: name, pending, admitted }) => ({
      queue,
      cluster_queue: name,
      admitted,
      waiting: pending,
    })),
  };
}
