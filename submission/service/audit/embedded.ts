import { mkdir, readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { auditSchema } from "../../spec/audit/index.ts";
import { UserError } from "../../spec/user-error.ts";
import { Journal } from "./journal.ts";
import { JournaledAuditLog } from "./journaled-log.ts";
import { replay } from "./settle.ts";
import { AuditTables, causeOf, type Engine, INSERTION } from "./store.ts";

/**
 * The audit log in a folder of this process: `chdb`, the ClickHouse engine as a library, and a journal ahead of it. The folder is this
 * process's alone until the log is closed or the process ends, however it ends. A process can have one such folder at a time.
 * @param say told, once each, of trouble with what is written in the background. Default: nobody is.
 * @throws UserError (environment) when another process has the folder, or it cannot be opened.
 */
export async function openEmbeddedAuditLog(folder: string, say: Say = () => undefined): Promise<JournaledAuditLog> {
  const writer = `${hostname()}/${process.pid}`;
  return await opening(folder, (tables) => JournaledAuditLog.open(tables, join(folder, JOURNAL), { writer, say }));
}

/** The tables without a log on them, e.g. to verify them, with all that stands. The same holds for the folder and for `say`. */
export async function openEmbeddedTables(folder: string, say: Say = () => undefined): Promise<AuditTables> {
  return await opening(folder, async (tables) => {
    const journal = await Journal.open(join(folder, JOURNAL), (left) => replay(tables, left, say));
    await journal.close();
    return tables;
  });
}

const JOURNAL = "journal";

type Say = (message: string) => void;

async function opening<T>(folder: string, open: (tables: AuditTables) => Promise<T>): Promise<T> {
  const engine = await openChdb(folder).catch((cause: unknown) => {
    throw cannotBeOpened(folder, cause);
  });
  try {
    for (const statement of auditSchema("single")) await engine.command(statement);
    return await open(new AuditTables(engine));
  } catch (error) {
    await engine.close();
    throw cannotBeOpened(folder, error);
  }
}

/** Queries run beside the event loop, on threads of the engine's own. */
export async function openChdb(folder: string): Promise<Engine & { command(statement: string): Promise<void> }> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { drainPending, Session } = await import("chdb");
  const session = await opened(folder, () => new Session(folder));
  return {
    query: async (statement) => (await session.queryAsync(statement, { format: "JSONCompactEachRow" })).text(),
    command: async (statement) => void (await session.queryAsync(statement)),
    insert: async (table, values, token) => {
      const lines = values.map((value) => JSON.stringify(value)).join("\n");
      const settings = token === undefined ? INSERTION : { ...INSERTION, insert_deduplication_token: token };
      await session.insert({ table, values: Buffer.from(lines, "utf8"), format: "JSONEachRow", settings });
    },
    close: async () => {
      session.close();
      await drainPending();
    },
  };
}

async function opened<T>(folder: string, open: () => T): Promise<T> {
  try {
    return open();
  } catch (cause) {
    const owner = await ownerOf(folder);
    if (owner !== undefined) {
      throw new UserError(`The audit log in ${folder} is in use: process ${owner.pid} has it${owner.since}.`, {
        hint: "Ask that process (the submission service) for what you need, or stop it first.",
        exitCode: 2,
        cause,
      });
    }
    throw cannotBeOpened(folder, cause);
  }
}

const cannotBeOpened = (folder: string, cause: unknown): UserError =>
  cause instanceof UserError
    ? cause
    : new UserError(`The audit log in ${folder} cannot be opened: ${causeOf(cause)}`, {
        hint: "Is the disk full, or the folder another user's? Nothing that was accepted is removed from it.",
        exitCode: 2,
        cause,
      });

/** ClickHouse writes down who has its folder, and locks that file as long as it lives. */
async function ownerOf(folder: string): Promise<{ readonly pid: number; readonly since: string } | undefined> {
  const text = await readFile(join(folder, "status"), "utf8").catch(() => "");
  const pid = Number(/^PID: (\d+)/m.exec(text)?.[1]);
  if (!Number.isInteger(pid) || !alive(pid)) return undefined;
  const started = /^Started at: (.+)$/m.exec(text)?.[1];
  return { pid, since: started === undefined ? "" : ` since ${started}` };
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
