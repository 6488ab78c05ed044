/**
 * Property values as the engine sends them, decoded into plain data.
 *
 * Two things plain JSON cannot say are kept as objects of their own: a secret and a value that is not known yet (in a
 * preview). Everything else is ordinary JSON.
 */
export type PropertyValue =
  | null
  | boolean
  | number
  | string
  | PropertyValue[]
  | PropertyMap
  | Secret
  | Unknown
  | ResourceReference;
export interface PropertyMap {
  [key: string]: PropertyValue;
}
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** A value that must stay encrypted in the state and hidden on the terminal. */
export class Secret {
  readonly value: PropertyValue;
  constructor(value: PropertyValue) {
    this.value = value;
  }
}

/** A value that exists only after the update, seen in previews. */
export class Unknown {}
export const UNKNOWN = new Unknown();

/** A reference to another resource, as programs pass it to remote components. */
export class ResourceReference {
  readonly urn: string;
  readonly id: string;
  readonly wire: PropertyMap;
  constructor(urn: string, id: string, wire: PropertyMap) {
    this.urn = urn;
    this.id = id;
    this.wire = wire;
  }
}

// The signatures of Pulumi's wire format (sdk/go/common/resource/sig).
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
const RESOURCE_SIGNATURE = "5cf8f73096256a8f31e491e813e4eb8e";
const OUTPUT_SIGNATURE = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const UNKNOWN_WIRE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Reads what stands on the wire. */
export function decode(wire: unknown): PropertyValue {
  if (wire === null || wire === undefined) return null;
  if (typeof wire === "string") return wire === UNKNOWN_WIRE ? UNKNOWN : wire;
  if (typeof wire === "boolean" || typeof wire === "number") return wire;
  if (Array.isArray(wire)) return wire.map(decode);
  if (typeof wire === "object") return decodeObject(wire);
  throw new TypeError(`a ${typeof wire} cannot be a property value`);
}

function decodeObject(wire: object): PropertyValue {
  const fields = wire as Record<string, unknown>;
  switch (fields[SIGNATURE]) {
    case undefined:
      return decodeMap(fields);
    case SECRET_SIGNATURE:
      return new Secret(decode(fields.value));
    case OUTPUT_SIGNATURE: {
      const inner = "value" in fields ? decode(fields.value) : UNKNOWN;
      return fields.secret === true ? new Secret(inner) : inner;
    }
    case RESOURCE_SIGNATURE:
      return new ResourceReference(String(fields.urn ?? ""), String(fields.id ?? ""), decodeMap(fields));
    default:
      return decodeMap(fields);
  }
}

export function decodeMap(wire: Record<string, unknown> | undefined): PropertyMap {
  // `fromEntries` keeps a key called `__proto__` a key.
  return Object.fromEntries(Object.entries(wire ?? {}).map(([key, value]) => [key, decode(value)]));
}

/** What `decode` read, for the wire again. */
export function encode(value: PropertyValue): Json {
  if (value instanceof Secret) return { [SIGNATURE]: SECRET_SIGNATURE, value: encode(value.value) };
  if (value instanceof Unknown) return UNKNOWN_WIRE;
  if (value instanceof ResourceReference) return encodeMap(value.wire);
  if (Array.isArray(value)) return value.map(encode);
  if (value !== null && typeof value === "object") return encodeMap(value);
  return value;
}

export function encodeMap(map: PropertyMap): JsonObject {
  return Object.fromEntries(
    Object.entries(map).flatMap(([key, value]) => (value === undefined ? [] : [[key, encode(value)]])),
  );
}

/** The same value with every secret's wrapping taken off. */
export function reveal(value: PropertyValue): PropertyValue {
  if (value instanceof Secret) return reveal(value.value);
  if (Array.isArray(value)) return value.map(reveal);
  if (isMap(value)) return revealMap(value);
  return value;
}

export function revealMap(map: PropertyMap): PropertyMap {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, reveal(value)]));
}

/** True for an object that is neither a secret, an unknown value nor a reference. */
export function isMap(value: PropertyValue | undefined): value is PropertyMap {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Secret) &&
    !(value instanceof Unknown) &&
    !(value instanceof ResourceReference)
  );
}

export function hasUnknown(value: PropertyValue | undefined): boolean {
  if (value instanceof Unknown) return true;
  if (value instanceof Secret) return hasUnknown(value.value);
  if (Array.isArray(value)) return value.some(hasUnknown);
  if (isMap(value)) return Object.values(value).some(hasUnknown);
  return false;
}

/** Plain JSON without secrets' wrapping; a value that is not known yet is left out. */
export function toJson(value: PropertyValue): Json {
  const plain = reveal(value);
  if (plain instanceof Unknown || plain instanceof Secret || plain instanceof ResourceReference) return null;
  if (Array.isArray(plain)) return plain.filter((item) => !(item instanceof Unknown)).map(toJson);
  if (isMap(plain)) return toJsonObject(plain);
  return plain;
}

export function toJsonObject(map: PropertyMap): JsonObject {
  return Object.fromEntries(
    Object.entries(map).flatMap(([key, value]) => (hasOnlyUnknown(value) ? [] : [[key, toJson(value)]])),
  );
}

function hasOnlyUnknown(value: PropertyValue): boolean {
  return value instanceof Unknown || (value instanceof Secret && hasOnlyUnknown(value.value));
}

/** Puts secrets back onto `target` wherever `source` has one at the same path. */
export function copySecrets(target: PropertyValue, source: PropertyValue | undefined): PropertyValue {
  if (source === undefined || target instanceof Secret) return target;
  if (source instanceof Secret) return new Secret(reveal(target));
  if (Array.isArray(target) && Array.isArray(source))
    return target.map((item, index) => copySecrets(item, source[index]));
  if (isMap(target) && isMap(source)) return copySecretsInMap(target, source);
  return target;
}

export function copySecretsInMap(target: PropertyMap, source: PropertyMap): PropertyMap {
  return Object.fromEntries(Object.entries(target).map(([key, value]) => [key, copySecrets(value, source[key])]));
}
