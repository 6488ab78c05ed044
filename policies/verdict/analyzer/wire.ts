import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { isProps, NotDecided, type Props, UNKNOWN } from "../known.ts";
import type { Change } from "../rule.ts";

/** Marks what is more than plain data; its values name the kind. Both are Pulumi's, as are the strings below. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
/** What stands for a boolean, number, string, list, asset, archive and object that is not known before the update. */
const UNKNOWNS = new Set<unknown>([
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** Properties as the engine sends them: secrets in their wrapping, a string in place of what is not known. */
export type Wire = Record<string, struct.JavaScriptValue>;

export const wireOf = (bytes: Uint8Array | undefined): Wire =>
  bytes === undefined ? {} : struct.Struct.deserializeBinary(bytes).toJavaScript();

/** One value as rules read it. */
export const plainValue = (bytes: Uint8Array): unknown => settled(struct.Value.deserializeBinary(bytes).toJavaScript());

function settled(wire: unknown): unknown {
  if (typeof wire === "string") return UNKNOWNS.has(wire) ? UNKNOWN : wire;
  if (Array.isArray(wire)) return wire.map(settled);
  if (!isProps(wire)) return wire;
  if (wire[SIGNATURE] === OUTPUT) return "value" in wire ? settled(wire.value) : UNKNOWN;
  return isSecret(wire) ? settled(wire.value) : plainOf(wire);
}

/**
 * Properties as rules read them: secrets bare, `UNKNOWN` in place of what is not known, and without what marks an asset or a resource,
 * which nobody wrote.
 */
export const plainOf = (wire: Props): Props =>
  Object.fromEntries(
    Object.entries(wire)
      .filter(([key]) => key !== SIGNATURE)
      .map(([key, value]) => [key, settled(value)]),
  );

const isSecret = (wire: unknown): wire is Props => isProps(wire) && wire[SIGNATURE] === SECRET;

/**
 * Makes a change in properties as the engine sends them: what is secret stays so.
 *
 * @throws NotDecided where something on the way is not known
 */
export function put(wire: Wire, { path, value }: Change): void {
  const last = path.at(-1);
  const parent = path.slice(0, -1).reduce<unknown>((at, key) => {
    if (typeof at !== "object" || at === null) return undefined;
    if (Reflect.get(at, key) === undefined) Reflect.set(at, key, {});
    const next: unknown = Reflect.get(at, key);
    const bare = isSecret(next) ? next.value : next;
    if (UNKNOWNS.has(bare)) throw new NotDecided(path.join("."));
    return bare;
  }, wire);
  if (typeof parent !== "object" || parent === null || last === undefined) return;
  const before: unknown = Reflect.get(parent, last);
  Reflect.set(parent, last, isSecret(before) ? { ...before, value } : value);
}
