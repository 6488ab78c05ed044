import { decode, encode, type Json, type PropertyMap } from "./values.ts";

/**
 * Property bags as `google.protobuf.Struct`, read and written directly.
 *
 * The generated classes take more than a second per megabyte; a set of CRDs is 5 MB and passes here several times.
 * Wire format: Struct { 1: entries { 1: key, 2: Value } }, Value { 1 null, 2 number, 3 string, 4 bool, 5 Struct, 6 list }.
 */
export function encodeBag(map: PropertyMap): Uint8Array {
  const writer = new BackwardWriter();
  writer.struct(encode(map) as Record<string, Json>);
  return writer.bytes();
}

export function decodeBag(bytes: Uint8Array): PropertyMap {
  const reader = new Reader(bytes);
  return decode(reader.struct(bytes.length)) as PropertyMap;
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** Writes from the end to the front, so that each length is known when its prefix is due. */
class BackwardWriter {
  #buffer = Buffer.allocUnsafe(4096);
  #start = 4096;

  /** Bytes written so far: unlike a position it survives the buffer's growth. */
  get #written(): number {
    return this.#buffer.length - this.#start;
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(this.#start);
  }

  struct(map: Record<string, Json>): void {
    const entries = Object.entries(map);
    for (let index = entries.length - 1; index >= 0; index--) {
      const [key, value] = entries[index] as [string, Json];
      const mark = this.#written;
      this.#value(value);
      this.#prefix(mark, 2);
      this.#string(key, 1);
      this.#prefix(mark, 1);
    }
  }

  #value(value: Json): void {
    const mark = this.#written;
    if (value === null) this.#bytes([(1 << 3) | VARINT, 0]);
    else if (typeof value === "string") this.#string(value, 3);
    else if (typeof value === "boolean") this.#bytes([(4 << 3) | VARINT, value ? 1 : 0]);
    else if (typeof value === "number") {
      this.#reserve(8);
      this.#start -= 8;
      this.#buffer.writeDoubleLE(value, this.#start);
      this.#bytes([(2 << 3) | FIXED64]);
    } else if (Array.isArray(value)) {
      for (let index = value.length - 1; index >= 0; index--) {
        const itemMark = this.#written;
        this.#value(value[index] ?? null);
        this.#prefix(itemMark, 1);
      }
      this.#prefix(mark, 6);
    } else {
      this.struct(value);
      this.#prefix(mark, 5);
    }
  }

  #string(text: string, field: number): void {
    const length = Buffer.byteLength(text);
    const mark = this.#written;
    this.#reserve(length);
    this.#start -= length;
    this.#buffer.write(text, this.#start);
    this.#prefix(mark, field);
  }

  /** Puts field number and length before what was written since `mark`. */
  #prefix(mark: number, field: number): void {
    this.#varint(this.#written - mark);
    this.#bytes([(field << 3) | LENGTH_DELIMITED]);
  }

  #varint(value: number): void {
    this.#bytes(varint(value));
  }

  #bytes(bytes: number[]): void {
    this.#reserve(bytes.length);
    this.#start -= bytes.length;
    for (let index = 0; index < bytes.length; index++) this.#buffer[this.#start + index] = bytes[index] as number;
  }

  #reserve(length: number): void {
    if (this.#start >= length) return;
    const used = this.#buffer.length - this.#start;
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, used + length));
    this.#buffer.copy(grown, grown.length - used, this.#start);
    this.#buffer = grown;
    this.#start = grown.length - used;
  }
}

class Reader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  struct(end: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    while (this.#at < end) {
      if (this.#field() !== 1) continue;
      const entryEnd = this.#length();
      let key = "";
      let value: unknown = null;
      while (this.#at < entryEnd) {
        const field = this.#varint() >>> 3;
        const fieldEnd = this.#length();
        if (field === 1) key = this.#text(fieldEnd);
        else if (field === 2) value = this.#value(fieldEnd);
        this.#at = fieldEnd;
      }
      if (key === "__proto__")
        Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
      else map[key] = value;
    }
    return map;
  }

  #value(end: number): unknown {
    let value: unknown = null;
    while (this.#at < end) {
      const tag = this.#varint();
      switch (tag >>> 3) {
        case 1:
          this.#varint();
          value = null;
          break;
        case 2:
          value = this.#buffer.readDoubleLE(this.#at);
          this.#at += 8;
          break;
        case 3:
          value = this.#text(this.#length());
          break;
        case 4:
          value = this.#varint() !== 0;
          break;
        case 5:
          value = this.struct(this.#length());
          break;
        case 6:
          value = this.#list(this.#length());
          break;
        default:
          throw new Error(`a property value has the unknown form ${tag >>> 3}`);
      }
    }
    return value;
  }

  #list(end: number): unknown[] {
    const items: unknown[] = [];
    while (this.#at < end) if (this.#field() === 1) items.push(this.#value(this.#length()));
    return items;
  }

  #field(): number {
    return this.#varint() >>> 3;
  }

  /** Reads a length and answers where what it measures ends. */
  #length(): number {
    const length = this.#varint();
    return this.#at + length;
  }

  #text(end: number): string {
    const text = this.#buffer.toString("utf8", this.#at, end);
    this.#at = end;
    return text;
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#buffer[this.#at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }
}

/** Takes the named property bags out of a serialised message; what remains is for the generated class to read. */
export function takeBags(
  bytes: Uint8Array,
  fields: Record<number, string>,
): { rest: Uint8Array; bags: Record<string, PropertyMap> } {
  const bags: Record<string, PropertyMap> = {};
  const kept: Uint8Array[] = [];
  let at = 0;
  const readVarint = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const start = at;
    const tag = readVarint();
    const name = fields[Math.floor(tag / 8)];
    switch (tag % 8) {
      case VARINT:
        readVarint();
        break;
      case FIXED64:
        at += 8;
        break;
      case FIXED32:
        at += 4;
        break;
      default: {
        const length = readVarint();
        if (name !== undefined) bags[name] = decodeBag(bytes.subarray(at, at + length));
        at += length;
      }
    }
    if (name === undefined) kept.push(bytes.subarray(start, at));
  }
  return { rest: Buffer.concat(kept), bags };
}

/** Appends property bags to a serialised message: the order of fields means nothing on the wire. */
export function appendBags(message: Uint8Array, bags: Record<number, PropertyMap>): Buffer {
  const parts: Uint8Array[] = [message];
  for (const [field, bag] of Object.entries(bags)) {
    const bytes = encodeBag(bag);
    parts.push(Uint8Array.from([...varint(Number(field) * 8 + LENGTH_DELIMITED), ...varint(bytes.length)]), bytes);
  }
  return Buffer.concat(parts);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return bytes;
}
