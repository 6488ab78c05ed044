import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { reveal, Secret, UNKNOWN } from "../../../local/provider/protocol/values.ts";
import { RandomProvider } from "../../../local/provider/random/provider.ts";

const provider = new RandomProvider();
const token = (kind: string) => `random:index/random${kind}:Random${kind}`;
const create = (kind: string, inputs: Record<string, never> | object, preview = false) =>
  provider.create({
    urn: "urn",
    name: "r",
    type: token(kind),
    inputs: JSON.parse(JSON.stringify(inputs)),
    timeoutSeconds: 0,
    preview,
  });

describe("random values", () => {
  test("a password has its length, its minimums and only allowed characters, and is secret", async () => {
    const { outputs, id } = await create("Password", { length: 16, minUpper: 2, minNumeric: 3, special: false });
    expect(outputs.result).toBeInstanceOf(Secret);
    expect(id).toBe("none");
    const text = String(reveal(outputs.result ?? null));
    expect(text).toMatch(/^[A-Za-z0-9]{16}$/);
    expect(text.replace(/[^A-Z]/g, "").length).toBeGreaterThanOrEqual(2);
    expect(text.replace(/\D/g, "").length).toBeGreaterThanOrEqual(3);
  });

  test("a text keeps to its alphabet for any wish that can be met", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 60 }), fc.boolean(), fc.boolean(), async (length, upper, numeric) => {
        const { outputs } = await create("String", { length, upper, numeric, lower: true, special: false });
        const expected = new RegExp(`^[a-z${upper ? "A-Z" : ""}${numeric ? "0-9" : ""}]{${length}}$`);
        expect(outputs.result).toMatch(expected);
      }),
    );
  });

  test("bytes are secret in both forms and the forms agree", async () => {
    const { outputs } = await create("Bytes", { length: 8 });
    const [base64, hex] = [outputs.base64, outputs.hex].map((value) => String(reveal(value ?? null)));
    expect(Buffer.from(base64 ?? "", "base64").toString("hex")).toBe(hex);
    expect(outputs.hex).toBeInstanceOf(Secret);
  });

  test("an id is the same number in every form", async () => {
    const { outputs } = await create("Id", { byteLength: 5, prefix: "p-" });
    expect(BigInt(`0x${String(outputs.hex).slice(2)}`).toString()).toBe(String(outputs.dec).slice(2));
  });

  test("an integer lies between its bounds and a shuffle keeps its items", async () => {
    expect((await create("Integer", { min: 3, max: 3 })).outputs.result).toBe(3);
    const { outputs } = await create("Shuffle", { inputs: ["a", "b", "c"] });
    expect([...(outputs.results as string[])].sort()).toEqual(["a", "b", "c"]);
  });

  test("a preview draws nothing", async () => {
    expect((await create("Uuid", {}, true)).outputs.result).toBe(UNKNOWN);
  });

  test("any changed argument draws anew", async () => {
    const diff = await provider.diff({
      urn: "u",
      name: "n",
      type: token("Password"),
      id: "none",
      oldInputs: { length: 8 },
      oldOutputs: {},
      inputs: { length: 9 },
      ignoreChanges: [],
    });
    expect(diff.changes).toEqual({ length: "update-replace" });
  });

  test("wrong arguments are named", async () => {
    const failures = async (kind: string, inputs: object) =>
      (
        await provider.check({
          urn: "u",
          name: "n",
          type: token(kind),
          oldInputs: {},
          inputs: JSON.parse(JSON.stringify(inputs)),
          randomSeed: new Uint8Array(),
        })
      ).failures
        ?.map(({ property, reason }) => `${property}: ${reason}`)
        .join();
    expect(await failures("Password", { lenght: 8, length: 8 })).toBe(
      'lenght: unknown argument; did you mean "length"?',
    );
    expect(await failures("Password", {})).toMatch(/^length: /);
    expect(await failures("Gauss", {})).toMatch(/not supported/);
  });
});
