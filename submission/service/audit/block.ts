import { blockDigest, byPlace, NO_HASH, type Place, rowHash, type StoredRow, sortedPairs } from "./hash.ts";
import type { NewEntry } from "./log.ts";

/** Chain of the blocks themselves. No submission can be called this: an id has no slash. */
export const BLOCKS_CHAIN = "checkpoint/all";
export const BLOCK_EVENT = "checkpoint";

/** What must be known of a chain to write behind it. */
export interface ChainHead {
  /** Of its last row; -1: there is no row. */
  readonly sequence: number;
  readonly hash: string;
  readonly keys: ReadonlySet<string>;
  /** What its rows tell of. */
  readonly events: ReadonlySet<string>;
  /** `digests.record` of its first row. */
  readonly record: string | undefined;
}

/** While rows are put behind it. */
export type GrowingHead = ChainHead & { readonly keys: Set<string>; readonly events: Set<string> };

export const EMPTY_CHAIN: ChainHead = {
  sequence: -1,
  hash: NO_HASH,
  keys: new Set(),
  events: new Set(),
  record: undefined,
};

/** Rows one caller wants behind one chain. */
export interface Addition {
  readonly submissionId: string;
  readonly entries: readonly NewEntry[];
  /** Digest of the submission that claims this id: written only where the chain is empty. Undefined: written behind what is there. */
  readonly claim?: string;
}

/**
 * `written`: it is in the chain with this block, or was before. `taken`: the claim came second. `no-chain`: only a claim begins the
 * chain of a submission; a chain with a slash in its name begins with whatever comes.
 */
export type Outcome = "written" | "taken" | "no-chain";

export interface Block {
  /** Without the block's own row; empty: there is nothing to write. */
  readonly rows: readonly StoredRow[];
  /** The row on `checkpoint/all` that covers them. */
  readonly row: StoredRow;
  /** Chains as they are when this block stands. */
  readonly heads: ReadonlyMap<string, ChainHead>;
  /** Per addition, in their order. */
  readonly outcomes: readonly Outcome[];
}

/** Decides what one insertion writes: additions in their order, each behind the chains as the ones before it leave them. */
export function planBlock(
  before: Pick<StoredRow, "sequence" | "hash"> | undefined,
  heads: ReadonlyMap<string, ChainHead>,
  additions: readonly Addition[],
  writer: { readonly name: string; readonly key: string; readonly at: number },
): Block {
  const block = before === undefined ? 0 : before.sequence + 1;
  const after = new Map<string, GrowingHead>();
  const rows: StoredRow[] = [];
  const outcomes = additions.map(({ submissionId, entries, claim }): Outcome => {
    const head = after.get(submissionId) ?? heads.get(submissionId) ?? EMPTY_CHAIN;
    if (claim !== undefined && head.sequence >= 0) return "taken";
    if (claim === undefined && head.sequence < 0 && !submissionId.includes("/")) return "no-chain";
    const missing = entries.filter(({ key }) => !head.keys.has(key));
    if (missing.length > 0) {
      const { keys, events } = after.get(submissionId) ?? { keys: new Set(head.keys), events: new Set(head.events) };
      let { sequence, hash } = head;
      for (const entry of missing) {
        if (keys.has(entry.key)) continue;
        const row = behind({ sequence, hash }, submissionId, block, entry, claim);
        rows.push(row);
        keys.add(entry.key);
        events.add(entry.event);
        ({ sequence, hash } = row);
      }
      after.set(submissionId, { sequence, hash, keys, events, record: head.record ?? claim });
    }
    return "written";
  });
  rows.sort(byPlace);
  const row = sealed({
    submissionId: BLOCKS_CHAIN,
    sequence: block,
    block,
    key: writer.key,
    event: BLOCK_EVENT,
    actor: writer.name,
    at: writer.at,
    digests: [["rows", blockDigest(rows.map(({ hash }) => hash))]],
    detail: [["places", placesText(rows)]],
    previousHash: before?.hash ?? NO_HASH,
  });
  return { rows, row, heads: after, outcomes };
}

function behind(
  head: Pick<ChainHead, "sequence" | "hash">,
  submissionId: string,
  block: number,
  entry: NewEntry,
  claim: string | undefined,
): StoredRow {
  const sequence = head.sequence + 1;
  const digests = claim !== undefined && sequence === 0 ? { ...entry.digests, record: claim } : entry.digests;
  return sealed({
    submissionId,
    sequence,
    block,
    key: entry.key.toWellFormed(),
    event: entry.event,
    actor: entry.actor.toWellFormed(),
    at: storableTime(entry.at),
    digests: wellFormed(digests),
    detail: wellFormed(entry.detail),
    previousHash: head.hash,
  });
}

/** The last that ClickHouse's DateTime64 holds, milliseconds. */
export const LAST_TIME = Date.UTC(2299, 11, 31);

/** A controller's status may have any text for a time; no row is held up by it. */
const storableTime = (at: number): number =>
  Number.isFinite(at) ? Math.min(Math.max(0, Math.trunc(at)), LAST_TIME) : 0;

const sealed = (row: Omit<StoredRow, "hash">): StoredRow => ({ ...row, hash: rowHash(row) });

/** A lone surrogate has no UTF-8: what is hashed must be what can be stored. */
const wellFormed = (map: Readonly<Record<string, string>>) =>
  sortedPairs(
    Object.fromEntries(Object.entries(map).map(([key, value]) => [key.toWellFormed(), value.toWellFormed()])),
  );

/** What the block's row says of each row it covers, so that one that is missing or was exchanged can be named. */
export interface CoveredPlace extends Place {
  /** First digits of its hash; what cannot be forged is the digest over all. */
  readonly hashStart: string;
}

const HASH_START = 8;

const placesText = (rows: readonly StoredRow[]): string =>
  rows.map(({ submissionId, sequence, hash }) => `${submissionId}:${sequence}:${hash.slice(0, HASH_START)}`).join(" ");

/** In the order of the digest. Undefined: nobody wrote it so. */
export function coveredPlaces(text: string): readonly CoveredPlace[] | undefined {
  if (text === "") return [];
  const places = text.split(" ").map((place) => /^(\S+):(\d{1,15}):([0-9a-f]{8})$/.exec(place));
  const read = places.flatMap((match) =>
    match === null ? [] : [{ submissionId: match[1] ?? "", sequence: Number(match[2]), hashStart: match[3] ?? "" }],
  );
  return read.length === places.length ? read : undefined;
}
