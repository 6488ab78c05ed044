import { DEFAULT_ENTRYPOINTS } from "../spec/defaults.ts";
import type { DagNode, Kind, PlatformProfile } from "../spec/index.ts";
import { parseImage } from "../spec/values/image.ts";
import type { EnvVar } from "./workflow.ts";

/** What the main container of a node runs. Texts are as the user meant them: no carrier has been applied. */
export interface Program {
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  /** Of this node alone; comes after the common ones, before inputs and outputs. */
  readonly env: readonly EnvVar[];
}

/** The node's command, else the entrypoint of its image by the profile, else the kind's default. Never none: Argo would ask a registry. */
export function commandOf(
  node: DagNode,
  image: string,
  profile: PlatformProfile,
  byKind: readonly string[] = kindDefault(node.kind),
): readonly string[] {
  return node.command ?? entrypoint(image, profile) ?? byKind;
}

/** By profile and image: the nodes of a DAG have few images. */
const known = new WeakMap<PlatformProfile, Map<string, readonly string[] | undefined>>();

function entrypoint(image: string, profile: PlatformProfile): readonly string[] | undefined {
  let byImage = known.get(profile);
  if (byImage === undefined) {
    byImage = new Map();
    known.set(profile, byImage);
  }
  if (byImage.has(image)) return byImage.get(image);
  const command = lookUp(image, profile);
  byImage.set(image, command);
  return command;
}

function lookUp(image: string, { images }: PlatformProfile): readonly string[] | undefined {
  const parsed = parseImage(image);
  if (typeof parsed === "string") return undefined;
  const { repository, fullRepository } = parsed;
  for (const name of [repository, fullRepository]) {
    if (Object.hasOwn(images.entrypoints, name)) return images.entrypoints[name];
  }
  return undefined;
}

function kindDefault(kind: Kind): readonly string[] {
  return DEFAULT_ENTRYPOINTS[kind] ?? [];
}

export function imageOf(node: DagNode, profile: PlatformProfile): string {
  const image = node.image ?? profile.images.byKind[node.kind];
  if (image === undefined) throw new Error(`node ${node.id} has no image: the submission was not checked`);
  return image;
}

/** One word of a POSIX shell command line. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
