import type { Diagnostic } from "../../spec/model.ts";
import type { DiagnosticJson } from "../../spec/problem.ts";
import { InputError, readDocument, refuseTwoStandardInputs } from "../input.ts";
import type { DocumentTexts } from "./client.ts";

/** Largest document that is sent, bytes; the service has a limit of its own, which may be lower. */
const LIMIT = 64 * 1024 * 1024;

export interface DocumentPaths {
  readonly dag?: string | undefined;
  readonly params?: string | undefined;
  readonly refs?: string | undefined;
}

/** Documents as they go to the service, and where each came from, so that what it says of them can be shown where it stands. */
export interface ReadDocuments {
  readonly texts: DocumentTexts;
  /** File (or `-`) -> text. */
  readonly sources: ReadonlyMap<string, string>;
  /** What the service calls a document -> the file it is. */
  readonly files: ReadonlyMap<string, string>;
}

export type DocumentsResult =
  | { readonly ok: true; readonly documents: ReadDocuments }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** All that cannot be read is told at once. */
export async function readDocuments(paths: DocumentPaths): Promise<DocumentsResult> {
  const fields = { dag_spec: paths.dag, runtime_params: paths.params, refs: paths.refs };
  refuseTwoStandardInputs(Object.values(fields));
  const texts: Record<string, string> = {};
  const sources = new Map<string, string>();
  const files = new Map<string, string>();
  const unreadable: Diagnostic[] = [];
  for (const [field, path] of Object.entries(fields)) {
    if (path === undefined) continue;
    try {
      const { text, source } = await readDocument(path, LIMIT);
      texts[field] = text;
      sources.set(source, text);
      files.set(field, source);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      unreadable.push(error.diagnostic);
    }
  }
  if (unreadable.length > 0) return { ok: false, diagnostics: unreadable };
  return { ok: true, documents: { texts, sources, files } };
}

/** What the service found, in terms of the caller's files. */
export function located(diagnostics: readonly DiagnosticJson[], { files }: ReadDocuments): Diagnostic[] {
  return diagnostics.map((diagnostic) => ({
    ...diagnostic,
    source: files.get(diagnostic.source) ?? diagnostic.source,
    suggestion: diagnostic.suggestion ?? undefined,
  }));
}
