import { parseQuantity } from "../../spec/values/quantity.ts";
import type { ClusterQueueObject, LocalQueueObject } from "./queue-objects.ts";

/** What a team has of one resource of one flavor. Billionths of a core, a byte or a device: exact, as Kubernetes counts. */
export interface QuotaUse {
  readonly queue: string;
  /** Kueue ResourceFlavor, e.g. `gpu-spot`. */
  readonly flavor: string;
  /** `cpu`, `memory`, `nvidia.com/gpu`, `nvidia.com/mig-1g.10gb`. */
  readonly resource: string;
  readonly nominal: bigint;
  /** By the team's admitted work, what is borrowed included. */
  readonly used: bigint;
  /** Part of `used` beyond `nominal`. */
  readonly borrowed: bigint;
  /**
   * What others use of it, at most: where several teams lend, Kueue does not say whose quota is used. Undefined: it depends on other
   * teams, whose queues were not to be seen.
   */
  readonly lent: bigint | undefined;
  /** Its own that it does not use; what of it is lent comes back when it asks. */
  readonly left: bigint;
  /** What it could borrow on top now. Undefined: it depends on other teams, whose queues were not to be seen. */
  readonly borrowable: bigint | undefined;
}

export interface QueueUse {
  /** LocalQueue. */
  readonly queue: string;
  readonly clusterQueue: string;
  readonly pending: number;
  readonly admitted: number;
}

export interface TeamUse {
  readonly quota: readonly QuotaUse[];
  readonly queues: readonly QueueUse[];
}

/** ClusterQueues, the team's among them. */
export interface ClusterQueues {
  readonly queues: readonly ClusterQueueObject[];
  /** Whether there are no others: those of the team's cohort say what is lent and what can be borrowed. */
  readonly complete: boolean;
}

/**
 * A team's quota and what is done with it.
 *
 * @param own the team's LocalQueues
 */
export function teamUse(own: readonly LocalQueueObject[], all: ClusterQueues): TeamUse {
  const byName = new Map(all.queues.map((queue) => [queue.metadata.name, queue]));
  return {
    quota: own.flatMap(({ metadata, spec }) => {
      const queue = byName.get(spec.clusterQueue);
      return queue === undefined ? [] : useOf(metadata.name, queue, all);
    }),
    queues: own.map(({ metadata, spec, status }) => ({
      queue: metadata.name,
      clusterQueue: spec.clusterQueue,
      pending: status.pendingWorkloads,
      admitted: status.admittedWorkloads,
    })),
  };
}

function useOf(name: string, queue: ClusterQueueObject, { queues, complete }: ClusterQueues): QuotaUse[] {
  const { cohortName } = queue.spec;
  const others =
    cohortName === undefined ? [] : queues.filter((each) => each !== queue && each.spec.cohortName === cohortName);
  return cells(queue).map((cell) => {
    const most = cohortName === undefined ? NOTHING : mostShared(cell);
    return {
      queue: name,
      flavor: cell.flavor,
      resource: cell.resource,
      nominal: cell.nominal,
      used: cell.used,
      borrowed: cell.borrowed,
      left: atLeast0(cell.nominal - cell.used),
      ...(complete
        ? shared(cell, most, others)
        : { lent: nothingOr(most.lent), borrowable: nothingOr(most.borrowable) }),
    };
  });
}

/** What a team may lend and borrow, whatever the others do; undefined: as much as there is. */
interface Shared {
  readonly lent: bigint;
  readonly borrowable: bigint | undefined;
}
const NOTHING: Shared = { lent: 0n, borrowable: 0n };

const mostShared = (cell: Cell): Shared => ({
  lent: lendable(cell),
  borrowable: cell.borrowingLimit === undefined ? undefined : atLeast0(cell.borrowingLimit - cell.borrowed),
});

/** Of nothing, nothing: whatever the others do. */
const nothingOr = (most: bigint | undefined): bigint | undefined => (most === 0n ? 0n : undefined);

function shared(cell: Cell, most: Shared, others: readonly ClusterQueueObject[]): Shared {
  const theirs = others.flatMap((other) => cells(other).filter((each) => isAlike(each, cell)));
  const theyBorrow = sum(theirs.map(({ borrowed }) => borrowed));
  const theyLend = sum(theirs.map(lendable));
  const spare = atLeast0(theyLend - theyBorrow - cell.borrowed);
  return {
    lent: smaller(most.lent, theyBorrow),
    borrowable: most.borrowable === undefined ? spare : smaller(spare, most.borrowable),
  };
}

/** One resource of one flavor of a queue. */
interface Cell {
  readonly flavor: string;
  readonly resource: string;
  readonly nominal: bigint;
  readonly used: bigint;
  readonly borrowed: bigint;
  /** None: as much as there is. */
  readonly borrowingLimit: bigint | undefined;
  readonly lendingLimit: bigint | undefined;
}

function cells({ spec, status }: ClusterQueueObject): Cell[] {
  return spec.resourceGroups.flatMap(({ flavors }) =>
    flavors.flatMap((flavor) => {
      const uses = status.flavorsReservation.find(({ name }) => name === flavor.name)?.resources ?? [];
      return flavor.resources.map(({ name, nominalQuota, borrowingLimit, lendingLimit }) => {
        const use = uses.find((each) => each.name === name);
        return {
          flavor: flavor.name,
          resource: name,
          nominal: nano(nominalQuota),
          used: nano(use?.total ?? "0"),
          borrowed: nano(use?.borrowed ?? "0"),
          borrowingLimit: borrowingLimit === undefined ? undefined : nano(borrowingLimit),
          lendingLimit: lendingLimit === undefined ? undefined : nano(lendingLimit),
        };
      });
    }),
  );
}

const isAlike = (a: Cell, b: Cell) => a.flavor === b.flavor && a.resource === b.resource;

/** What a queue does not use itself, as far as it lends. */
function lendable({ nominal, used, lendingLimit }: Cell): bigint {
  const unused = atLeast0(nominal - used);
  return lendingLimit === undefined ? unused : smaller(unused, lendingLimit);
}

const nano = (text: string): bigint => parseQuantity(text)?.nano ?? 0n;
const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((a, b) => a + b, 0n);
const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const atLeast0 = (amount: bigint): bigint => (amount < 0n ? 0n : amount);
