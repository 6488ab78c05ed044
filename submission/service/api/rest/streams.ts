import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import type { LogLine } from "../../logs/logs.ts";
import { failureOf } from "../problems.ts";

/** Milliseconds between two signs of life on a stream that has nothing to say. */
const HEARTBEAT = 15_000;

type Open<Item> = (signal: AbortSignal) => Promise<AsyncIterable<Item>>;

/**
 * Server-sent events, one per item, then `end`; what goes wrong on the way is an event `problem`. A client that does not read is not
 * read for either: nothing piles up, and its connection is closed when it stays silent.
 */
export async function sendEvents<Item>(
  reply: FastifyReply,
  event: string,
  closing: AbortSignal,
  open: Open<Item>,
): Promise<FastifyReply> {
  const gone = new AbortController();
  const items = await open(AbortSignal.any([closing, gone.signal]));
  reply.header("content-type", "text/event-stream; charset=utf-8").header("cache-control", "no-store");
  reply.header("x-accel-buffering", "no");
  return await reply.send(streamOf(reply, eventsOf(items, event, gone.signal), gone));
}

async function* eventsOf<Item>(items: AsyncIterable<Item>, event: string, gone: AbortSignal): AsyncGenerator<string> {
  // The head of the answer goes out with the first bytes.
  yield ": follows\n\n";
  try {
    for await (const item of withHeartbeats(items)) {
      if (gone.aborted) return;
      yield item === HEARTBEAT ? ": still here\n\n" : `event: ${event}\ndata: ${JSON.stringify(item)}\n\n`;
    }
    yield "event: end\ndata: {}\n\n";
  } catch (error) {
    yield `event: problem\ndata: ${JSON.stringify(failureOf(error).problem)}\n\n`;
  }
}

async function* withHeartbeats<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item | typeof HEARTBEAT> {
  const iterator = items[Symbol.asyncIterator]();
  try {
    let next = iterator.next();
    for (;;) {
      const { promise: late, resolve } = Promise.withResolvers<typeof HEARTBEAT>();
      const timer = setTimeout(() => resolve(HEARTBEAT), HEARTBEAT);
      const first = await Promise.race([next, late]).finally(() => clearTimeout(timer));
      if (first === HEARTBEAT) yield HEARTBEAT;
      else if (first.done === true) return;
      else {
        yield first.value;
        next = iterator.next();
      }
    }
  } finally {
    await iterator.return?.();
  }
}

/** Plain text, a line per line; of several nodes with the node's id before each. */
export async function sendLines(
  reply: FastifyReply,
  prefixed: boolean,
  closing: AbortSignal,
  open: Open<LogLine>,
): Promise<FastifyReply> {
  const gone = new AbortController();
  const lines = await open(AbortSignal.any([closing, gone.signal]));
  reply.header("content-type", "text/plain; charset=utf-8");
  return await reply.send(streamOf(reply, textOf(lines, prefixed), gone));
}

async function* textOf(lines: AsyncIterable<LogLine>, prefixed: boolean): AsyncGenerator<string> {
  for await (const { node, text, notice } of lines) {
    yield `${prefixed ? `${node} | ` : ""}${notice === true ? `(${text})` : text}\n`;
  }
}

function streamOf(reply: FastifyReply, chunks: AsyncGenerator<string>, gone: AbortController): Readable {
  // Not by the stream's own close: that waits for the item it is waiting for.
  reply.raw.once("close", () => gone.abort());
  return Readable.from(chunks, { objectMode: true, highWaterMark: 16 });
}
