import { Unavailable } from "../unavailable.ts";

/** ClickHouse, in this process or over HTTP: all that the audit log wants of it. */
export interface Engine {
  /** Lines of JSON, one array of values each. */
  query(statement: string): Promise<string>;
  /** Durable when it resolves. A second insertion of one token is dropped without a word. */
  insert(table: string, values: readonly object[], token: string | undefined): Promise<void>;
  close(): Promise<void>;
}

/** One insertion is one part or none, at once: whoever inserts cuts nothing and gathers nothing. */
export const INSERTION = { input_format_parallel_parsing: 0, async_insert: 0 } as const;

/** Rows in and out of an engine. Every failure of it is `Unavailable`. */
export class AuditTables {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async rows<Row extends readonly unknown[]>(query: string): Promise<Row[]> {
    const text = await reached(this.#engine.query(query));
    const rows: Row[] = JSON.parse(`[${text.trimEnd().replaceAll("\n", ",")}]`);
    return rows;
  }

  async insert(table: string, values: readonly object[], token?: string): Promise<void> {
    await reached(this.#engine.insert(table, values, token));
  }

  async close(): Promise<void> {
    await this.#engine.close();
  }
}

async function reached<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    throw new Unavailable("audit", "The audit store does not answer as it should; nothing is known to be written.", {
      cause,
    });
  }
}

/** What the engine said; that it cannot be reached is known. */
export function causeOf(error: unknown): string {
  const cause = error instanceof Unavailable ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message : String(cause);
}
