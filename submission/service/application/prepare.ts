import { type Compiled, compile, contentDigest } from "../../compile/index.ts";
import {
  check,
  type Diagnostic,
  type DocumentValues,
  inSource,
  type PlatformProfile,
  type SourceText,
  type Submission,
} from "../../spec/index.ts";
import { invalid } from "./rejection.ts";

/** The documents of a request; `source` is the field each came in. */
export interface Texts {
  readonly dag: SourceText;
  readonly params: SourceText | undefined;
  readonly refs: SourceText | undefined;
}

export interface Checked {
  readonly texts: Texts;
  readonly submission: Submission;
  readonly values: DocumentValues;
  readonly warnings: readonly Diagnostic[];
}

export interface Prepared extends Checked {
  readonly compiled: Compiled;
}

/** @throws Rejection with everything that is wrong with the documents */
export function checkTexts(texts: Texts, team: string, profile: PlatformProfile): Checked {
  const result = check({ ...texts, profile, team });
  if (!result.ok) throw invalid(result.diagnostics);
  return { texts, submission: result.submission, values: result.values, warnings: result.diagnostics };
}

/** @throws Rejection when one object could not hold the Workflow */
export function compileChecked(checked: Checked, profile: PlatformProfile): Prepared {
  const compiled = compile(checked.submission, profile);
  if (!compiled.ok) throw invalid([...checked.warnings, ...inSource(compiled.diagnostics, checked.texts.dag)]);
  return { ...checked, compiled };
}

export const prepare = (texts: Texts, team: string, profile: PlatformProfile): Prepared =>
  compileChecked(checkTexts(texts, team, profile), profile);

/**
 * By which a body is known again: over the documents as they were read (the order of keys, spaces and the choice between YAML and JSON
 * do not count), the team, and what is kept of an earlier submission. Not over the manifest: a new profile makes no new body.
 */
export const bodyDigest = ({ dag, params, refs }: DocumentValues, team: string, kept?: string): string =>
  contentDigest([team, dag, params, refs ?? null, ...(kept === undefined ? [] : [kept])]);
