import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { AuditTables } from "../../service/audit/index.ts";
import { UserError } from "../../spec/user-error.ts";
import { type AuditSource, neverWritten } from "./source.ts";

export interface TablesOptions {
  readonly folder: string;
  /** `https://host:port` of ClickHouse instead of the folder. */
  readonly server?: string | undefined;
  /** Default: `audit_reader`. */
  readonly user?: string | undefined;
  readonly passwordFile?: string | undefined;
  /** PEM. */
  readonly ca?: string | undefined;
}

/** The log's own tables: a folder that no service has open, or a ClickHouse server. */
export async function sourceInTables(options: TablesOptions, say: (message: string) => void): Promise<AuditSource> {
  const { AuditReader, auditPages, verifyAll, verifyChain } = await import("../../service/audit/index.ts");
  const { Unavailable } = await import("../../service/unavailable.ts");
  const tables = await openTables(options, say);
  const reader = new AuditReader(tables);
  const pages = auditPages(tables);
  const read = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      const cause = error.cause instanceof Error ? error.cause.message : undefined;
      throw new UserError(`the audit log cannot be read${cause === undefined ? "" : `: ${cause}`}`, {
        hint: "check the address, the account and the way there; nothing was changed",
        exitCode: 2,
        cause: error,
      });
    }
  };
  return {
    async chain(id) {
      const entries = await read(reader.chain(id));
      if (entries.length === 0) throw neverWritten(id);
      const record = await read(reader.record(id));
      if (record === undefined) return { submission: undefined, entries };
      const { documents: _documents, manifest: _manifest, traceparent: _traceparent, rerunOf, ...submission } = record;
      return { submission: { ...submission, rerunOf: rerunOf?.submissionId }, entries };
    },
    async verifyChain(id) {
      const verified = await read(verifyChain(pages, id));
      if (verified === undefined) throw neverWritten(id);
      return verified;
    },
    verifyLog: (head, onProgress) => read(verifyAll(pages, { head, onProgress })),
    close: () => tables.close(),
  };
}

async function openTables(options: TablesOptions, say: (message: string) => void): Promise<AuditTables> {
  const { folder, server, user, passwordFile, ca } = options;
  const { openEmbeddedTables, serverTables } = await import("../../service/audit/index.ts");
  if (server !== undefined) {
    return serverTables({
      address: server,
      username: user ?? "audit_reader",
      password: passwordFile === undefined ? "" : (await text(passwordFile)).trimEnd(),
      ...(ca === undefined ? {} : { ca: await text(ca) }),
      timeoutMs: 300_000,
    });
  }
  const path = resolve(folder);
  if (!existsSync(path)) {
    throw new UserError(`there is no audit log in ${path}`, {
      hint: "it comes with the first submission through the service; name another with --folder or --server",
      exitCode: 2,
    });
  }
  return openEmbeddedTables(path, say);
}

async function text(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new UserError(`${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
