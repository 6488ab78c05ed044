import type { DagNode, Json, JsonObject, PlatformProfile, Submission, Team } from "../spec/index.ts";
import { upper } from "./names.ts";
import { type Place, placeOf, runBase, uriOf } from "./outputs.ts";
import type { EnvVar, Labels } from "./workflow.ts";

/** What every kind needs to know besides its node. */
export interface Context {
  readonly submission: Submission;
  readonly profile: PlatformProfile;
  readonly team: Team;
  /** Labels of the Workflow and of everything it makes: ids, team, stage, and the caller's. */
  readonly labels: Labels;
  /** What a name of a node's `ins` or `outs` stands for. */
  port(name: string): Port;
  /** Outputs of ancestors, and references. */
  inputs(node: DagNode): readonly Port[];
  outputs(node: DagNode): readonly Port[];
  /** URIs of the outputs that do not stand at `{base}{node_id}/{name}`, by `{node_id}/{name}`. */
  readonly elsewhere: Readonly<Record<string, string>>;
}

/** An input or an output and where it stands. */
export interface Port {
  readonly name: string;
  /** As a part of the names of env variables. */
  readonly upper: string;
  readonly place: Place;
  /** Of a reference that has one. */
  readonly snapshot: string | undefined;
}

/** `upper` for what can only be a port: its name has nothing that an env variable's may not have. */
const capitals = (name: string): string => name.toUpperCase();

export function contextOf(submission: Submission, profile: PlatformProfile): Context {
  const team = profile.teams[submission.team];
  if (team === undefined) throw new Error(`team ${submission.team} is not in the profile`);
  const storage = profile.storage.uri;
  const base = runBase(submission.params.submissionId, storage);
  const ports = new Map<string, Port>();
  const elsewhere: Record<string, string> = {};
  const { nodes } = submission.dag;
  for (let i = 0; i < nodes.length; i++) {
    const { id, outs } = nodes[i] as DagNode;
    for (let o = 0; o < outs.length; o++) {
      const name = outs[o] as string;
      const place = placeOf(submission, storage, base, id, name);
      ports.set(name, { name, upper: capitals(name), place, snapshot: undefined });
      if (place.base === "") elsewhere[`${id}/${name}`] = uriOf(place);
    }
  }
  const { refs } = submission.refs;
  const port = (name: string): Port => {
    const known = ports.get(name);
    if (known !== undefined) return known;
    const ref = Object.hasOwn(refs, name) ? refs[name] : undefined;
    if (ref === undefined) throw new Error(`${name} is nobody's output: the submission was not checked`);
    const found = { name, upper: capitals(name), place: { base: "", rest: ref.uri }, snapshot: ref.snapshot };
    ports.set(name, found);
    return found;
  };
  return {
    submission,
    profile,
    team,
    labels: labelsOf(submission),
    port,
    inputs: (node) => node.ins.map(port),
    outputs: (node) => node.outs.map(port),
    elsewhere,
  };
}

function labelsOf({ params, dag, team }: Submission): Labels {
  return {
    submission_id: params.submissionId,
    pipeline_id: dag.pipelineId,
    team,
    env: params.env,
    ...sorted(params.labels),
  };
}

/**
 * Env that is the same for every node of a submission.
 *
 * @param result where the node writes its result: a file for Argo to bring to the bucket, or the object itself
 */
export function commonEnv(
  { submission, profile }: Context,
  result: readonly [name: "ORCH_RESULT_PATH" | "ORCH_RESULT_URI", value: string | undefined],
): EnvVar[] {
  const { otlp, arrowFlight, trino, materialize, icebergCatalog } = profile.endpoints;
  const pairs: [string, string | undefined][] = [
    ["ORCH_SUBMISSION_ID", submission.params.submissionId],
    ["ORCH_PIPELINE_ID", submission.dag.pipelineId],
    ["ORCH_TEAM", submission.team],
    ["ORCH_ENV", submission.params.env],
    [...result],
    ["ORCH_TRINO_URL", trino],
    ["ORCH_MATERIALIZE_URL", materialize],
    ["ORCH_ICEBERG_CATALOG_URL", icebergCatalog],
    ["ORCH_ARROW_FLIGHT_URL", arrowFlight],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", otlp],
    ["HOME", "/tmp"],
  ];
  return pairs.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
}

const NO_PARAMS: readonly EnvVar[] = [{ name: "ORCH_PARAMS", value: "{}" }];

/** The node's params: all of them as JSON, and each as text (a string as it is, anything else as JSON). */
export function paramEnv(params: JsonObject): readonly EnvVar[] {
  const keys = Object.keys(params);
  if (keys.length === 0) return NO_PARAMS;
  const env: EnvVar[] = [{ name: "ORCH_PARAMS", value: canonical(params) }];
  const seen = new Set<string>();
  for (const key of keys.sort()) {
    const name = `ORCH_PARAM_${upper(key)}`;
    if (seen.has(name)) continue;
    seen.add(name);
    const value = params[key];
    env.push({ name, value: typeof value === "string" ? value : canonical(value ?? null) });
  }
  return env;
}

/** JSON with sorted keys: the order of keys means nothing. */
export const canonical = (value: Json): string => JSON.stringify(stable(value));

/** The same value with its keys in order, all the way down; itself where they are. Every value inside is looked at once. */
export function stable<T>(value: T): T {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) {
    const items: unknown[] = value;
    const ordered = items.map(stable);
    return ordered.every((item, i) => item === items[i]) ? value : (ordered as T);
  }
  const record = value as Record<string, unknown>;
  let last = "";
  let inOrder = true;
  let changed: Map<string, unknown> | undefined;
  for (const key in record) {
    if (key < last) inOrder = false;
    last = key;
    const item = record[key];
    const ordered = stable(item);
    if (ordered === item) continue;
    changed ??= new Map();
    changed.set(key, ordered);
  }
  return inOrder && changed === undefined ? value : (inOrderOfKeys(record, changed) as T);
}

const inOrderOfKeys = (record: Record<string, unknown>, changed: ReadonlyMap<string, unknown> | undefined): object =>
  Object.fromEntries(
    Object.keys(record)
      .sort()
      .map((key) => [key, changed?.get(key) ?? record[key]]),
  );

export function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  const keys = Object.keys(record);
  if (keys.length < 2) return record;
  return Object.fromEntries(keys.sort().map((key) => [key, record[key] as T]));
}
