import { diagnostic, type Located, locateFindings } from "./diagnostics.ts";
import { type DocumentName, Findings, oneOf, show } from "./findings.ts";
import type { LooseRefs } from "./loose.ts";
import type { Diagnostic, Submission } from "./model.ts";
import type { PlatformProfile } from "./profile.ts";
import { checkDag, reportCounts } from "./rules/dag.ts";
import { assumedParams, checkParams, warnUnusedPool } from "./rules/params.ts";
import { checkRefs, refNames } from "./rules/refs.ts";
import { shapeDag, shapeParams, shapeRefs } from "./shape.ts";
import { didYouMean } from "./suggest.ts";
import { parseDocument } from "./text/document.ts";
import { formatBytes } from "./values/quantity.ts";

/** A document as it was read; `source` is its file name or `-`, and `.json` in it means JSON. */
export interface SourceText {
  readonly text: string;
  readonly source: string;
  /** Default: what the source's name or the text says. */
  readonly format?: "json" | undefined;
}

export interface CheckInput {
  readonly dag: SourceText;
  /** Default: the profile's first stage and all of the team's secret scopes, and a submission id that is never submitted. */
  readonly params?: SourceText | undefined;
  /** Default: no refs. */
  readonly refs?: SourceText | undefined;
  readonly profile: PlatformProfile;
  /** Default: the profile's `defaultTeam`. */
  readonly team?: string | undefined;
}

/** The documents as they were read, before defaults; undefined where none was given. */
export interface DocumentValues {
  readonly dag: unknown;
  readonly params: unknown;
  readonly refs: unknown;
}

export type CheckResult =
  /** `diagnostics` holds warnings only. */
  | {
      readonly ok: true;
      readonly submission: Submission;
      readonly values: DocumentValues;
      readonly diagnostics: readonly Diagnostic[];
    }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Reads and checks the documents of a submission: all errors of all of them at once. Never throws on any input. */
export function check(input: CheckInput): CheckResult {
  const { profile } = input;
  const documents: Partial<Record<DocumentName, Located>> = {};
  const all: Findings[] = [];
  const extra: Diagnostic[] = [];

  const read = (name: DocumentName, given: SourceText): { value: unknown; findings: Findings } => {
    const findings = new Findings(name);
    all.push(findings);
    documents[name] = { ...given, locate: () => 0 };
    if (isTooLarge(given.text, profile)) {
      extra.push(documentTooLarge(given.source, Buffer.byteLength(given.text), profile.limits.documentBytes));
      return { value: undefined, findings };
    }
    const parsed = parseDocument(given.text, given.source, findings, given.format);
    if (parsed !== undefined) documents[name] = { ...given, locate: parsed.locate };
    return { value: parsed?.value, findings };
  };

  const teamName = input.team ?? profile.defaultTeam ?? "";
  const team = Object.hasOwn(profile.teams, teamName) ? profile.teams[teamName] : undefined;
  if (team === undefined) extra.push(unknownTeam(teamName, profile));

  const refsRead = input.refs === undefined ? undefined : read("refs", input.refs);
  const looseRefs: LooseRefs =
    refsRead === undefined || refsRead.value === undefined ? {} : shapeRefs(refsRead.value, refsRead.findings);
  const refs = checkRefs(looseRefs, refsRead?.findings ?? new Findings("refs"));

  const paramsRead = input.params === undefined ? undefined : read("params", input.params);
  const params =
    paramsRead === undefined || paramsRead.value === undefined
      ? assumedParams(profile, team)
      : checkParams(shapeParams(paramsRead.value, paramsRead.findings), profile, team, paramsRead.findings);

  const dagRead = read("dag", input.dag);
  const dag =
    dagRead.value === undefined || reportCounts(dagRead.value, profile, dagRead.findings)
      ? undefined
      : checkDag(
          shapeDag(dagRead.value, dagRead.findings),
          {
            profile,
            team,
            refs: refNames(looseRefs),
            refsKnown: refsRead === undefined || refsRead.value !== undefined,
            grantedScopes: paramsRead?.value === undefined ? undefined : new Set(params.secretsScope),
            computePool: params.computePool,
          },
          dagRead.findings,
        );

  if (dag !== undefined && params.computePool !== undefined && paramsRead !== undefined) {
    warnUnusedPool(dag, params.computePool, profile, paramsRead.findings);
  }
  const findings = all.flatMap((each) => each.list);
  const dropped = all.reduce((sum, each) => sum + each.dropped, 0);
  const diagnostics =
    findings.length + extra.length === 0 ? [] : [...extra, ...locateFindings(findings, documents, dropped)];
  if (dag === undefined || diagnostics.some((each) => each.severity === "error")) return { ok: false, diagnostics };
  const submission: Submission = { dag, params, refs, team: teamName, priority: params.priority ?? dag.priority };
  const values = { dag: dagRead.value, params: paramsRead?.value, refs: refsRead?.value };
  return { ok: true, submission, values, diagnostics };
}

function isTooLarge(text: string, profile: PlatformProfile): boolean {
  const most = profile.limits.documentBytes;
  // Bytes are between one and three times the UTF-16 units: most texts are settled without counting.
  return text.length > most || (text.length * 3 > most && Buffer.byteLength(text) > most);
}

/** For whoever reads the bytes: refuse before reading them all. */
export function documentTooLarge(source: string, bytes: number | undefined, limit: number): Diagnostic {
  const found = bytes === undefined ? `more than ${formatBytes(limit)}B` : `${formatBytes(bytes)}B`;
  return diagnostic(
    "input/too-large",
    `The document has ${found}; ${formatBytes(limit)}B (${limit} bytes) are allowed.`,
    source,
    "Keep data out of the document: pass the URI of a file.",
  );
}

function unknownTeam(name: string, profile: PlatformProfile): Diagnostic {
  const teams = Object.keys(profile.teams);
  const message =
    name === ""
      ? `No team is given, and this environment has no default one; there are ${oneOf(teams)}.`
      : `There is no team ${show(name)} in this environment; there are ${oneOf(teams)}.`;
  return { ...diagnostic("platform/unknown-team", message, "--team", didYouMean(name, teams)), path: "team" };
}
