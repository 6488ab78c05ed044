import { Consumer, type Message, MessagesStreamFallbackModes, MessagesStreamModes } from "@platformatic/kafka";
import { bodyOf, keyOf, readMessage } from "./job-message.ts";
import { JobProducer, unavailable } from "./job-producer.ts";
import { type BrokerConnection, clientOptions } from "./kafka-connection.ts";
import { KAFKA_NAMES } from "./names.ts";
import { patiently, untilStopped } from "./patience.ts";
import type { Handled, Job, JobQueue } from "./queue.ts";

export interface KafkaQueueOptions {
  readonly connection: BrokerConnection;
  /** Default: KAFKA_NAMES. */
  readonly jobsTopic?: string;
  readonly deadLetterTopic?: string;
  readonly group?: string;
  /** What the brokers' logs call this process. Default: `orch`. */
  readonly clientId?: string;
  /** Jobs handed out at a time. Default: 64. */
  readonly batch?: number;
  /** After how long without a heartbeat others take over, in milliseconds. Default: 20,000. */
  readonly sessionMillis?: number;
  /** Told of what is tried again. */
  readonly onFailure?: (error: unknown) => void;
}

type Handler = (jobs: readonly Job[]) => Promise<readonly Handled[]>;
type Incoming = Message<Buffer, Buffer, Buffer, Buffer>;

/** Of one fetch; a message may have a MiB, and what waits in memory is a few fetches. */
const FETCH_BYTES = 4 << 20;

/**
 * Jobs on a topic of Kafka or Redpanda, keyed by submission id. One is done with when its handler has returned and, where it is dead,
 * the dead letter topic has it; only then its offset is committed. Whatever happens in between, it comes again.
 */
export class KafkaQueue implements JobQueue {
  readonly #options: KafkaQueueOptions;
  readonly #producer: JobProducer;
  readonly #names: typeof KAFKA_NAMES | Record<keyof typeof KAFKA_NAMES, string>;

  constructor(options: KafkaQueueOptions) {
    this.#options = options;
    this.#names = {
      jobsTopic: options.jobsTopic ?? KAFKA_NAMES.jobsTopic,
      deadLetterTopic: options.deadLetterTopic ?? KAFKA_NAMES.deadLetterTopic,
      group: options.group ?? KAFKA_NAMES.group,
    };
    this.#producer = new JobProducer(options.connection, options.clientId ?? "orch");
  }

  enqueue(job: Job): Promise<void> {
    return this.#producer.send({
      topic: this.#names.jobsTopic,
      key: keyOf(job),
      value: bodyOf(job),
      headers: { traceparent: job.traceparent },
    });
  }

  /** Takes up again by itself where the brokers were away, or others took over meanwhile. */
  async consume(handler: Handler, signal: AbortSignal): Promise<void> {
    const { onFailure } = this.#options;
    while (!signal.aborted) {
      let began = false;
      const turn = () =>
        this.#turn(handler, signal, () => {
          began = true;
        }).catch((error: unknown) => {
          // The pauses begin anew after what worked for a while.
          if (!began) throw error;
          onFailure?.(error);
        });
      await untilStopped(patiently(turn, { signal, retryAll: true, longestPauseMillis: 5_000, onFailure }), signal);
    }
  }

  /** As one member of the group, until the signal or a failure ends it. */
  async #turn(handler: Handler, signal: AbortSignal, onBegan: () => void): Promise<void> {
    const sessionTimeout = this.#options.sessionMillis ?? 20_000;
    const consumer = new Consumer<Buffer, Buffer, Buffer, Buffer>({
      ...clientOptions(this.#options.connection, this.#options.clientId ?? "orch"),
      groupId: this.#names.group,
      sessionTimeout,
      rebalanceTimeout: Math.max(30_000, sessionTimeout),
      heartbeatInterval: Math.min(3_000, sessionTimeout / 3),
    });
    // Without a listener it would end the process; what it means ends the stream too.
    consumer.on("error", () => undefined);
    let stop = () => undefined as unknown;
    try {
      const stream = await consumer.consume({
        topics: [this.#names.jobsTopic],
        mode: MessagesStreamModes.COMMITTED,
        fallbackMode: MessagesStreamFallbackModes.EARLIEST,
        autocommit: false,
        highWaterMark: this.#options.batch ?? 64,
        maxBytes: FETCH_BYTES,
        maxBytesPerPartition: FETCH_BYTES,
        maxWaitTime: 500,
      });
      stop = () => stream.destroy();
      signal.addEventListener("abort", stop, { once: true });
      if (signal.aborted) return;
      onBegan();
      for await (const first of stream) {
        const messages = [first];
        while (messages.length < (this.#options.batch ?? 64)) {
          const next: Incoming | null = stream.read();
          if (next === null) break;
          messages.push(next);
        }
        await this.#handle(messages, handler, signal);
        if (signal.aborted) return;
        await consumer.commit({ offsets: positionsAfter(messages) });
      }
    } catch (error) {
      if (!signal.aborted) throw unavailable(error);
    } finally {
      signal.removeEventListener("abort", stop);
      await consumer.close(true).catch(() => undefined);
    }
  }

  async #handle(messages: readonly Incoming[], handler: Handler, signal: AbortSignal): Promise<void> {
    const read = messages.map((message) => ({ message, ...readMessage(message.key, message.value) }));
    const jobs = read.flatMap((each) => ("job" in each ? [each.job] : []));
    const { onFailure } = this.#options;
    const attempt = () => (jobs.length === 0 ? Promise.resolve([]) : handler(jobs));
    const handled = await untilStopped(patiently(attempt, { signal, retryAll: true, onFailure }), signal);
    if (handled === undefined) return;
    const outcomes = handled[Symbol.iterator]();
    const dead = read.flatMap((each) => {
      if ("poison" in each) return [{ message: each.message, reason: each.poison }];
      const outcome = outcomes.next().value;
      return outcome?.outcome === "dead" ? [{ message: each.message, reason: outcome.reason }] : [];
    });
    const bury = () => Promise.all(dead.map(({ message, reason }) => this.#bury(message, reason)));
    await untilStopped(patiently(bury, { signal, onFailure }), signal);
  }

  /** As it came, with where it came from and why nobody will do it. */
  #bury(message: Incoming, reason: string): Promise<void> {
    return this.#producer.send({
      topic: this.#names.deadLetterTopic,
      key: message.key ?? Buffer.alloc(0),
      value: message.value ?? Buffer.alloc(0),
      headers: {
        reason: reason.slice(0, 4_000),
        topic: message.topic,
        partition: String(message.partition),
        offset: String(message.offset),
      },
    });
  }

  ready(): Promise<void> {
    return this.#producer.ready(this.#names.jobsTopic);
  }

  close(): Promise<void> {
    return this.#producer.close();
  }
}

/** Per partition, the offset after the last one. */
function positionsAfter(messages: readonly Incoming[]) {
  const last = new Map<number, Incoming>();
  for (const message of messages) {
    const known = last.get(message.partition);
    if (known === undefined || known.offset < message.offset) last.set(message.partition, message);
  }
  return [...last.values()].map(({ topic, partition, offset, leaderEpoch }) => ({
    topic,
    partition,
    offset: offset + 1n,
    leaderEpoch,
  }));
}
