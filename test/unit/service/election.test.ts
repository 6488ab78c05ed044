import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { whileLeading } from "../../../submission/service/election/election.ts";
import type { HeldLease, Lease, LeaseTerms } from "../../../submission/service/election/lease.ts";

const DURATION = 900;

/** One lease, kept in memory as the API server keeps it: the version guards it. */
class MemoryLease {
  stored: HeldLease = { version: "0", holder: undefined, durationMillis: 0, object: undefined };
  replaced = 0;

  /** As one process sees it; `reach` is awaited before each request. */
  seenBy(reach: () => Promise<void>): Lease {
    return {
      read: async () => {
        await reach();
        return this.stored;
      },
      replace: async (read, terms) => {
        await reach();
        return read.version === this.stored.version ? this.set(terms) : undefined;
      },
    };
  }

  set({ holder, durationMillis }: LeaseTerms): HeldLease {
    this.replaced += 1;
    this.stored = { version: String(this.replaced), holder, durationMillis, object: undefined };
    return this.stored;
  }
}

let lease: MemoryLease;
/** What happened, in order. */
let story: string[];
let processes: Candidate[];

class Candidate {
  readonly stop = new AbortController();
  readonly name: string;
  reach: () => Promise<void> = async () => undefined;
  readonly ended: Promise<void>;
  /** What its leading waits for after it was told to stop. */
  windingUp: Promise<void> = Promise.resolve();

  constructor(name: string) {
    this.name = name;
    this.ended = whileLeading(
      {
        lease: lease.seenBy(() => this.reach()),
        identity: name,
        signal: this.stop.signal,
        durationMillis: DURATION,
      },
      async (leading) => {
        story.push(`${name} leads`);
        if (!leading.aborted) await once(leading, "abort");
        story.push(`${name} stops`);
        await this.windingUp;
      },
    );
    processes.push(this);
  }

  async end(): Promise<void> {
    this.stop.abort();
    await this.ended;
  }
}

beforeEach(() => {
  lease = new MemoryLease();
  story = [];
  processes = [];
});
afterEach(async () => {
  for (const each of processes) each.reach = async () => undefined;
  await Promise.all(processes.map((each) => each.end()));
});

const told = (line: string) => expect.poll(() => story, { timeout: 10_000 }).toContain(line);

describe("of several processes", () => {
  test("one leads, for as long as it shows that it is there", async () => {
    new Candidate("a");
    await told("a leads");
    new Candidate("b");
    const before = lease.replaced;
    await expect.poll(() => lease.replaced, { timeout: 10_000 }).toBeGreaterThan(before + 6);
    expect(story).toEqual(["a leads"]);
  });

  test("the next leads at once when one ends in good order, and not before it has wound up", async () => {
    const a = new Candidate("a");
    await told("a leads");
    const { promise, resolve } = Promise.withResolvers<void>();
    a.windingUp = promise.then(() => void story.push("a wound up"));
    new Candidate("b");
    const ending = a.end();
    await told("a stops");
    resolve();
    await ending;
    await told("b leads");
    expect(story).toEqual(["a leads", "a stops", "a wound up", "b leads"]);
  });

  test("one that cannot renew has stopped before another takes over", async () => {
    const a = new Candidate("a");
    await told("a leads");
    new Candidate("b");
    a.reach = () => Promise.reject(new Error("the API server is away"));
    await told("b leads");
    expect(story).toEqual(["a leads", "a stops", "b leads"]);
  });

  test("one whose renewal gets no answer has stopped before another takes over", async () => {
    const a = new Candidate("a");
    await told("a leads");
    new Candidate("b");
    const { promise, resolve } = Promise.withResolvers<void>();
    a.reach = () => promise;
    await told("b leads");
    expect(story).toEqual(["a leads", "a stops", "b leads"]);
    resolve();
  });
});

test("the lease of one that was killed is taken when it was seen unchanged for its duration, whatever its times say", async () => {
  lease.set({ holder: "killed", durationMillis: 2 * DURATION });
  const from = performance.now();
  new Candidate("b");
  await told("b leads");
  expect(performance.now() - from).toBeGreaterThanOrEqual(2 * DURATION);
});

test("a lease that somebody else takes is lost at the next renewal", async () => {
  new Candidate("a");
  await told("a leads");
  lease.set({ holder: "somebody", durationMillis: 10_000 });
  await told("a stops");
  expect(lease.stored.holder).toBe("somebody");
});

test("a lease that somebody puts a label on stays with its holder", async () => {
  new Candidate("a");
  await told("a leads");
  lease.set(lease.stored);
  const before = lease.replaced;
  await expect.poll(() => lease.replaced, { timeout: 10_000 }).toBeGreaterThan(before + 4);
  expect(story).toEqual(["a leads"]);
});
