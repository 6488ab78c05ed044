import { beforeAll, describe, expect, test } from "vitest";
import {
  judgeAll,
  newSigner,
  rightEvidence,
  rightManifest,
  type Signer,
  served,
  settingsWith,
  signedAs,
} from "./release-fixture.ts";
import { MATRIX } from "./release-matrix.ts";

let ci: Signer;
let strangers: Record<"another key" | "another key of the same name", Signer>;
beforeAll(async () => {
  ci = await newSigner();
  strangers = { "another key": await newSigner("stranger"), "another key of the same name": await newSigner() };
});

describe("a release with", () => {
  test.each(MATRIX)("$title", async (one) => {
    const manifest = rightManifest(one.stage ?? "prod");
    const evidence = rightEvidence();
    // Copies: what a case changes must not reach the next.
    const [ownManifest, ownEvidence] = [structuredClone(manifest), structuredClone(evidence)];
    one.manifest?.(ownManifest);
    one.evidence?.(ownEvidence);
    const token = await signedAs(one.signer === undefined ? ci : strangers[one.signer], ownEvidence);
    const resource = served(ownManifest, one.token?.(token) ?? token);
    one.resource?.(resource);

    const found = await judgeAll(resource, { ...settingsWith(ci), ...one.settings });

    expect(Object.fromEntries(found)).toEqual(
      Object.fromEntries(
        Object.entries(one.refused).map(([rule, part]) => [
          rule,
          expect.arrayContaining([expect.stringContaining(part)]),
        ]),
      ),
    );
    for (const message of [...found.values()].flat()) {
      expect(message).toMatch(/^refused: RayService serving\/bt-xs-7-\w+ .*Why it matters: .*How to fix it: /s);
    }
  });

  test("forty variations at the least, most of them bad", () => {
    expect(MATRIX.length).toBeGreaterThan(40);
    expect(new Set(MATRIX.map(({ title }) => title)).size).toBe(MATRIX.length);
  });
});
