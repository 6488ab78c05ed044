import type { DagNode, PlatformProfile, Submission } from "../spec/index.ts";
import { stable } from "./context.ts";
import type { Graph } from "./graph.ts";
import { sha256Hex, sha256OfPieces } from "./sha256.ts";

/** Changes whenever the same input may give another manifest. */
export const COMPILER_VERSION = "3";

export const sha256 = (text: string): string => `sha256:${sha256Hex(text)}`;

/** The annotation of a Workflow that holds its manifest's digest. */
export const MANIFEST_DIGEST = "orch.dev/manifest-digest";

const ANNOTATIONS = '"annotations":{';
const entry = (digest: string) => `"${MANIFEST_DIGEST}":"${digest}",`;

const ENTRY_BYTES = entry(sha256("")).length;

/** A manifest as it goes out. */
export interface Manifest {
  /** Over its JSON without the annotation that holds it. */
  readonly digest: string;
  /** Its JSON in UTF-8, with the digest in it as the first of its annotations. */
  readonly bytes: Buffer;
}

/** Writes it once: the digest is made of the bytes before and after the place that is kept for it. */
export function signed(unsigned: string): Manifest {
  const split = unsigned.indexOf(ANNOTATIONS) + ANNOTATIONS.length;
  const bytes = Buffer.allocUnsafe(Buffer.byteLength(unsigned) + ENTRY_BYTES);
  const start = bytes.write(unsigned.slice(0, split));
  const end = start + ENTRY_BYTES;
  bytes.write(unsigned.slice(split), end);
  const hash = sha256OfPieces().update(bytes.subarray(0, start)).update(bytes.subarray(end));
  const digest = `sha256:${hash.digest("hex")}`;
  bytes.write(entry(digest), start);
  return { digest, bytes };
}

/** Whether this is the JSON that the digest was made of, byte for byte. */
export function isManifestOf(json: string, digest: string): boolean {
  const unsigned = json.replace(`${ANNOTATIONS}${entry(digest)}`, ANNOTATIONS);
  return unsigned.length < json.length && sha256(unsigned) === digest;
}

/**
 * Two runs of one recipe have the same digest: spec, refs, images (in the spec and the profile), profile and compiler, but no ids, no
 * labels, no times, no quota. The order of keys and of edges does not count.
 */
export function recipeDigest(
  { dag, refs, team, priority, params }: Submission,
  profile: PlatformProfile,
  graph: Graph,
): string {
  const { nodes, edges: _, ...rest } = dag;
  const after = [
    graph.offsets.join(),
    graph.before.join(),
    stable(refs),
    team,
    priority,
    [params.env, params.computePool ?? null, [...params.secretsScope].sort()],
  ];
  const digest = sha256OfPieces().update(`[${items([COMPILER_VERSION, rest])},[`);
  for (let at = 0; at < nodes.length; at += PIECE) {
    if (at > 0) digest.update(",");
    digest.update(items(nodes.slice(at, at + PIECE).map(ordered)));
  }
  digest.update(`],${items(after)},${profileText(profile, team)}]`);
  return `sha256:${digest.digest("hex")}`;
}

/** Nodes whose JSON is made at a time: of all of them at once it is a text larger than the manifest. */
const PIECE = 256;

/** A list's JSON without its brackets. */
const items = (list: readonly unknown[]): string => JSON.stringify(list).slice(1, -1);

/** A service compiles thousands of submissions with one profile, and its text is larger than theirs. */
const profileTexts = new WeakMap<PlatformProfile, Map<string, string>>();

function profileText(profile: PlatformProfile, team: string): string {
  const texts = profileTexts.get(profile) ?? new Map<string, string>();
  profileTexts.set(profile, texts);
  let text = texts.get(team);
  if (text === undefined) {
    text = JSON.stringify(stable({ ...profile, teams: placeOf(profile, team) }));
    texts.set(team, text);
  }
  return text;
}

/** Over a value in canonical form: the order of keys does not count. */
export const contentDigest = (value: unknown): string => sha256(JSON.stringify(stable(value)));

/** Where a team's work runs and as whom; what it or any other team may use at most changes nothing of a run. */
function placeOf({ teams }: PlatformProfile, name: string): object {
  const { quota: _, ...place } = teams[name] ?? {};
  return place;
}

/** A node's own fields are in one order already; what the author named is not. */
function ordered(node: DagNode): DagNode {
  const env = stable(node.env);
  const params = stable(node.params);
  if (node.kind === "custom_crd") return { ...node, env, params, manifest: stable(node.manifest) };
  return env === node.env && params === node.params ? node : { ...node, env, params };
}
