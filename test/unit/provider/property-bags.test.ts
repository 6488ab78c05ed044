import fc from "fast-check";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { describe, expect, test } from "vitest";
import { appendBags, decodeBag, encodeBag, takeBags } from "../../../local/provider/protocol/property-bags.ts";
import {
  copySecrets,
  decode,
  encode,
  hasUnknown,
  type PropertyMap,
  reveal,
  Secret,
  toJsonObject,
  UNKNOWN,
} from "../../../local/provider/protocol/values.ts";

/** The generated classes lose a key of this name, ours do not. */
const key = fc.string({ unit: "grapheme" }).filter((name) => name !== "__proto__");

const json = fc.letrec<{ value: unknown; map: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: "grapheme" }),
    fc.double({ noNaN: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value")),
    tie("map"),
  ),
  map: fc.dictionary(key, tie("value")),
}));

/** What plain JSON can say: `-0` and prototypes are not among it. */
const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as PropertyMap;

describe("property bags on the wire", () => {
  test("are read by the generated classes as they were written", () => {
    fc.assert(
      fc.property(json.map, (map) => {
        const bag = plain(map);
        expect(plain(struct.Struct.deserializeBinary(encodeBag(bag)).toJavaScript())).toEqual(bag);
      }),
    );
  });

  test("are read back as the generated classes wrote them", () => {
    fc.assert(
      fc.property(json.map, (map) => {
        const bag = plain(map);
        expect(plain(decodeBag(struct.Struct.fromJavaScript(toJsonObject(bag)).serializeBinary()))).toEqual(bag);
      }),
    );
  });

  test("keep a key that is called __proto__", () => {
    const bag = JSON.parse('{"data": {"__proto__": "value"}}') as PropertyMap;
    expect(JSON.stringify(decodeBag(encodeBag(bag)))).toBe('{"data":{"__proto__":"value"}}');
  });

  test("longer than the first buffer keep their content", () => {
    const bag = { text: "x".repeat(100_000), list: Array.from({ length: 5_000 }, (_, index) => ({ index })) };
    expect(decodeBag(encodeBag(bag))).toEqual(bag);
  });

  test("can be taken out of a message and appended to another without touching its other fields", () => {
    const other = Uint8Array.from([0x0a, 0x03, 0x75, 0x72, 0x6e, 0x20, 0x05]);
    const message = appendBags(other, { 2: { olds: 1 }, 3: { news: ["a"] } });
    const { rest, bags } = takeBags(message, { 2: "olds", 3: "news" });
    expect([...rest]).toEqual([...other]);
    expect(bags).toEqual({ olds: { olds: 1 }, news: { news: ["a"] } });
  });
});

describe("property values", () => {
  test("secrets and unknown values survive the wire", () => {
    const value = { password: new Secret("x"), later: UNKNOWN, nested: [new Secret({ deep: UNKNOWN })] };
    expect(decodeBag(encodeBag(value))).toEqual(value);
    expect(decode(encode(value))).toEqual(value);
  });

  test("an output value of a program becomes a secret, an unknown value or its plain value", () => {
    const output = (fields: object) =>
      decode({ "4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4", ...fields });
    expect(output({ value: 1 })).toBe(1);
    expect(output({})).toBe(UNKNOWN);
    expect(output({ value: "x", secret: true })).toEqual(new Secret("x"));
  });

  test("unknown values are found inside secrets and lists", () => {
    expect(hasUnknown({ a: [new Secret({ b: UNKNOWN })] })).toBe(true);
    expect(hasUnknown({ a: [new Secret({ b: 1 })] })).toBe(false);
  });

  test("a secret is put back where the source has one", () => {
    const live = { data: { password: "cGFzcw==" }, kind: "Secret" };
    expect(copySecrets(live, { data: new Secret({ password: "cGFzcw==" }) })).toEqual({
      data: new Secret({ password: "cGFzcw==" }),
      kind: "Secret",
    });
    expect(reveal(new Secret([new Secret(1)]))).toEqual([1]);
  });
});
