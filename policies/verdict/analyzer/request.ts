import messages from "@pulumi/pulumi/proto/analyzer_pb.js";
import protobuf from "google-protobuf";
import type { Props } from "../known.ts";
import type { Resource } from "../resource.ts";
import { plainOf, plainValue, type Wire, wireOf } from "./wire.ts";

/** Numbers of the fields of `AnalyzeRequest` and `AnalyzerResource`, which begin alike, in Pulumi's `analyzer.proto`. */
const FIELD = { type: 1, properties: 2, urn: 3, name: 4, options: 5, provider: 6, parent: 7, computedFrom: 9 } as const;

/**
 * A resource in a request of the engine. Most rules look at the type and are done, so nothing is decoded before it is looked at, and
 * what is, once for all rules.
 */
export function resourceFrom(bytes: Uint8Array): Resource {
  return resourceOf(fieldsOf(bytes));
}

/** A resource whose properties rules may change. */
export interface Remediable {
  /** Its properties are those of `wire` whenever they are read: each rule sees what the one before it has changed. */
  readonly resource: Resource;
  /** Properties as they were sent. */
  wire: Wire;
}

export function remediableFrom(bytes: Uint8Array): Remediable {
  const fields = fieldsOf(bytes);
  const remediable: Remediable = {
    resource: Object.defineProperty(resourceOf(fields), "props", { get: () => plainOf(remediable.wire) }),
    wire: wireOf(fields.get(FIELD.properties)?.[0]),
  };
  return remediable;
}

/** All resources of a request about a stack. */
export function stackFrom(bytes: Uint8Array): Resource[] {
  const stack = (fieldsOf(bytes).get(1) ?? []).map(fieldsOf);
  const types = new Map(stack.map((fields) => [textOf(fields, FIELD.urn), textOf(fields, FIELD.type)]));
  return stack.map((fields) => resourceOf(fields, types));
}

function resourceOf(fields: Fields, types?: ReadonlyMap<string, string>): Resource {
  const [options, provider] = [FIELD.options, FIELD.provider].map((field) => fields.get(field)?.[0]);
  const parent = textOf(fields, FIELD.parent);
  const props = once(() => propsOf(fields.get(FIELD.properties)?.[0]));
  const computedFrom = once(() => (types === undefined ? undefined : sourcesOf(fields, types)));
  return {
    type: textOf(fields, FIELD.type),
    name: textOf(fields, FIELD.name),
    urn: textOf(fields, FIELD.urn),
    protect: options !== undefined && messages.AnalyzerResourceOptions.deserializeBinary(options).getProtect(),
    provider: provider && providerOf(fieldsOf(provider)),
    parent: parent === "" ? undefined : parent,
    get props() {
      return props();
    },
    get computedFrom() {
      return computedFrom();
    },
  };
}

function providerOf(fields: Fields): { readonly name: string; readonly props: Props } {
  const props = once(() => propsOf(fields.get(FIELD.properties)?.[0]));
  return {
    name: textOf(fields, FIELD.name),
    get props() {
      return props();
    },
  };
}

/** A `Struct` is a map, of which a rule that wants one entry has the others left as they are: `spec` may be all of a chart's values. */
function propsOf(bytes: Uint8Array | undefined): Props {
  const props = {};
  if (bytes === undefined) return props;
  for (const entry of (fieldsOf(bytes).get(1) ?? []).map(fieldsOf)) {
    const value = once(() => plainValue(entry.get(2)?.[0] ?? new Uint8Array()));
    Object.defineProperty(props, textOf(entry, 1), { enumerable: true, configurable: true, get: value });
  }
  return props;
}

/** An entry of the map: its key, and a message whose first field are URNs. */
function sourcesOf(fields: Fields, types: ReadonlyMap<string, string>): Resource["computedFrom"] {
  const entries = (fields.get(FIELD.computedFrom) ?? []).map(fieldsOf).map((entry) => {
    const urns = (entry.get(2) ?? []).flatMap((message) => fieldsOf(message).get(1) ?? []).map(text);
    const sources = urns.flatMap((urn) => {
      const type = types.get(urn);
      return type === undefined ? [] : [{ type, urn }];
    });
    return [textOf(entry, 1), sources] as const;
  });
  return Object.fromEntries(entries);
}

type Fields = ReadonlyMap<number, readonly Uint8Array[]>;

/** The strings and messages in a message, not decoded. */
function fieldsOf(bytes: Uint8Array): Fields {
  const fields = new Map<number, Uint8Array[]>();
  const reader = new protobuf.BinaryReader(bytes);
  while (reader.nextField()) {
    if (!reader.isDelimited()) {
      reader.skipField();
      continue;
    }
    const number = reader.getFieldNumber();
    const values = fields.get(number);
    const value = reader.readBytes();
    if (values === undefined) fields.set(number, [value]);
    else values.push(value);
  }
  return fields;
}

const decoder = new TextDecoder();
const text = (bytes: Uint8Array): string => decoder.decode(bytes);
const textOf = (fields: Fields, field: number): string => {
  const bytes = fields.get(field)?.[0];
  return bytes === undefined ? "" : text(bytes);
};

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
