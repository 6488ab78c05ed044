import { describe, expect, test } from "vitest";
import { type ChainHead, EMPTY_CHAIN } from "../../../../submission/service/audit/block.ts";
import { ChainHeads } from "../../../../submission/service/audit/chain-heads.ts";

const head = (sequence: number): ChainHead => ({
  sequence,
  hash: String(sequence).padStart(64, "0"),
  keys: new Set(Array.from({ length: sequence + 1 }, (_, index) => `key-${index}`)),
  events: new Set(["accepted"]),
  record: "digest",
});
const none = async () => new Map<string, ChainHead>();

describe("heads of chains in memory", () => {
  test("a chain that was read once is not read again, nor is one that is empty", async () => {
    const heads = new ChainHeads();
    const asked: (readonly string[])[] = [];
    const load = async (missing: readonly string[]) => {
      asked.push(missing);
      return new Map([["a", head(2)]]);
    };
    await heads.get(["a", "b"], load);
    expect(await heads.get(["a", "b"], load)).toEqual(
      new Map([
        ["a", head(2)],
        ["b", EMPTY_CHAIN],
      ]),
    );
    expect(asked).toEqual([["a", "b"]]);
  });

  test("empty chains are forgotten beyond the bound as well", async () => {
    const heads = new ChainHeads(10);
    for (let index = 0; index < 100; index++) await heads.get([`a-${index}`], none);
    const remembered = Array.from({ length: 100 }, (_, index) => heads.peek(`a-${index}`)).filter(Boolean);
    expect(remembered).toHaveLength(10);
  });
});
