import { beforeAll, describe, expect, test } from "vitest";
import { newSigners, releaseOf, type Signers } from "./matrix-release.ts";
import { judgeAll } from "./release-fixture.ts";
import { MATRIX } from "./release-matrix.ts";

let signers: Signers;
beforeAll(async () => {
  signers = await newSigners();
});

describe("a release with", () => {
  test.each(MATRIX)("$title", async (one) => {
    const { resource, settings } = await releaseOf(one, signers);

    const found = await judgeAll(resource, settings);

    expect(Object.fromEntries(found)).toEqual(
      Object.fromEntries(
        Object.entries(one.refused).map(([rule, part]) => [
          rule,
          expect.arrayContaining([expect.stringContaining(part)]),
        ]),
      ),
    );
    for (const message of [...found.values()].flat()) {
      expect(message).toMatch(/^refused: RayService (serving\/)?bt-xs-7-\w+ .*Why it matters: .*How to fix it: /s);
    }
  });

  test("forty variations at the least, most of them bad", () => {
    expect(MATRIX.length).toBeGreaterThan(40);
    expect(new Set(MATRIX.map(({ title }) => title)).size).toBe(MATRIX.length);
  });
});
