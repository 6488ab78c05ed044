import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { previewPlatform } from "../../local/engine/index.ts";
import { inCheckout } from "./declared-stack.ts";
import { ENVIRONMENTS } from "./platform-preview.ts";

const stateDir = mkdtempSync(join(tmpdir(), "orch-environments-"));
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

const PACKS = ["platform", "quota", "promotion"];

test.each(ENVIRONMENTS)(
  "the platform's stack %s obeys every pack with the settings of its environment, advice included",
  async (stack) => {
    const result = await previewPlatform({
      stateDir,
      stack,
      plugins: "ours",
      crds: false,
      policyPacks: PACKS.map((pack) => inCheckout(`policies/${pack}`)),
      policyPackConfigs: PACKS.map((pack) => inCheckout(`policies/${pack}/config/${stack}.json`)),
    });
    expect(result.violations).toEqual([]);
    expect(result.messages.filter(({ text }) => text.includes("can't run policy"))).toEqual([]);
  },
);
