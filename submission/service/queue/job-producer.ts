import { CompressionAlgorithms, ProduceAcks, Producer } from "@platformatic/kafka";
import { Unavailable } from "../unavailable.ts";
import { type BrokerConnection, clientOptions } from "./kafka-connection.ts";

export interface OutgoingMessage {
  readonly topic: string;
  readonly key: Buffer;
  readonly value: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Waiting {
  readonly message: OutgoingMessage;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Bytes of one request before compression; brokers take a MiB after it. A message above that goes alone. */
const REQUEST_BYTES = 900_000;
const REQUEST_MESSAGES = 500;
/** What may wait at most while a request is under way. */
const WAITING_MESSAGES = 20_000;

/**
 * Messages that every broker concerned has written before they count. What comes while a request is under way goes together in the
 * next. Idempotent: a request that is repeated after a lost answer writes nothing twice.
 */
export class JobProducer {
  readonly #connection: BrokerConnection;
  readonly #clientId: string;
  #producer: Producer<Buffer, Buffer, string, string> | undefined;
  #waiting: Waiting[] = [];
  #sending = false;
  #closed = false;

  constructor(connection: BrokerConnection, clientId: string) {
    this.#connection = connection;
    this.#clientId = clientId;
  }

  send(message: OutgoingMessage): Promise<void> {
    if (this.#closed)
      return Promise.reject(new Unavailable("queue", "the queue is closed: the service is being stopped"));
    if (this.#waiting.length >= WAITING_MESSAGES) {
      return Promise.reject(new Unavailable("queue", "the brokers take jobs more slowly than they come"));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ message, resolve, reject });
      void this.#pump();
    });
  }

  async #pump(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    // Those of this turn go together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) await this.#request(this.#next());
    this.#sending = false;
  }

  #next(): readonly Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { message } of this.#waiting) {
      bytes += message.value.length;
      if (count > 0 && (bytes > REQUEST_BYTES || count >= REQUEST_MESSAGES)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #request(batch: readonly Waiting[]): Promise<void> {
    try {
      await this.#client().send({
        messages: batch.map(({ message: { headers, ...message } }) => ({ ...message, headers: { ...headers } })),
        acks: ProduceAcks.ALL,
        compression: CompressionAlgorithms.ZSTD,
      });
      for (const { resolve } of batch) resolve();
    } catch (error) {
      const failed = unavailable(error);
      for (const { reject } of batch) reject(failed);
      await this.#forget();
    }
  }

  #client(): Producer<Buffer, Buffer, string, string> {
    this.#producer ??= new Producer({
      ...clientOptions(this.#connection, this.#clientId),
      idempotent: true,
      serializers: {
        key: (key) => key,
        value: (value) => value,
        headerKey: (name) => Buffer.from(name ?? ""),
        headerValue: (value) => Buffer.from(value ?? ""),
      },
    });
    return this.#producer;
  }

  /** A producer that failed may hold a state the brokers no longer know. */
  async #forget(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    await producer?.close().catch(() => undefined);
  }

  /** Whether the brokers know the topic and somebody takes its messages. */
  async ready(topic: string): Promise<void> {
    try {
      const metadata = await this.#client().metadata({ topics: [topic], forceUpdate: true, retries: 0 });
      const partitions = metadata.topics.get(topic)?.partitions ?? [];
      if (partitions.length === 0 || partitions.some(({ leader }) => !metadata.brokers.has(leader))) {
        throw new Error(`topic ${topic} has no broker that takes messages`);
      }
    } catch (error) {
      throw unavailable(error);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    while (this.#sending) await new Promise((resolve) => setImmediate(resolve));
    await this.#forget();
  }
}

export function unavailable(error: unknown): Unavailable {
  return new Unavailable("queue", `the brokers do not answer: ${deepest(error)}`, { cause: error });
}

/** The client wraps what happened in what it did about it. */
function deepest(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return deepest(error.errors.at(-1));
  if (error instanceof Error) return error.cause === undefined ? error.message : deepest(error.cause);
  return String(error);
}
