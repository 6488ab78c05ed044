// Not by the room's door: it also brings what only other commands need, and `validate` is to start in a blink.
import { type CheckResult, check } from "../spec/check.ts";
import type { Diagnostic } from "../spec/model.ts";
import type { PlatformProfile } from "../spec/profile.ts";
import { type Document, InputError, readDocument, refuseTwoStandardInputs } from "./input.ts";
import { readProfile } from "./profile-file.ts";

/** The options of every command that takes a DAG. */
export interface SpecOptions {
  readonly params?: string;
  readonly refs?: string;
  readonly profile?: string;
  readonly team?: string;
}

export interface Checked {
  readonly profile: PlatformProfile;
  readonly result: CheckResult;
  /** Source -> text, for showing the lines diagnostics point at. */
  readonly sources: ReadonlyMap<string, string>;
}

/**
 * Reads a DAG and what belongs to it and checks them together. A document that cannot be read is a diagnostic like any other.
 * @param profile instead of the option's or the built-in one.
 */
export async function checkDocuments(dag: string, options: SpecOptions, profile?: PlatformProfile): Promise<Checked> {
  refuseTwoStandardInputs([dag, options.params, options.refs, options.profile]);
  const inForce = profile ?? (await readProfile(options.profile));
  const limit = inForce.limits.documentBytes;
  const unreadable: Diagnostic[] = [];
  const read = async (path: string | undefined): Promise<Document | undefined> => {
    if (path === undefined) return undefined;
    try {
      return await readDocument(path, limit);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      unreadable.push(error.diagnostic);
      return undefined;
    }
  };
  const [dagDocument, params, refs] = [await read(dag), await read(options.params), await read(options.refs)];
  const sources = new Map(
    [dagDocument, params, refs].flatMap((document) => (document ? [[document.source, document.text]] : [])),
  );
  if (dagDocument === undefined || unreadable.length > 0) {
    return { profile: inForce, result: { ok: false, diagnostics: unreadable }, sources };
  }
  const result = check({ dag: dagDocument, params, refs, profile: inForce, team: options.team });
  return { profile: inForce, result, sources };
}
