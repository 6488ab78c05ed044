import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { blockDigest, recordDigest, rowHash } from "../../../../submission/service/audit/hash.ts";
import { NOON, submission } from "../../../service/audit/submissions.ts";

const sha256 = (text: string) => createHash("sha256").update(text, "utf8").digest("hex");

describe("the canonical form", () => {
  test("of a row is one line of JSON, maps in the order of their keys", () => {
    const row = {
      submissionId: "sub-1",
      sequence: 3,
      block: 7,
      key: "node/train/1/Running",
      event: "node",
      actor: "workflow-controller",
      at: NOON,
      digests: [],
      detail: [
        ["state", "Running"],
        ["node", 'träin "1"'],
      ] as const,
      previousHash: "0".repeat(64),
    };
    expect(rowHash(row)).toBe(
      sha256(
        '["orch.audit.row.v1","sub-1",3,7,"node/train/1/Running","node","workflow-controller",1795564800123,[],' +
          '[["node","träin \\"1\\""],["state","Running"]],"0000000000000000000000000000000000000000000000000000000000000000"]',
      ),
    );
    expect(rowHash(row)).toBe("23525074c787d94265985b3e87c676962532596dd7d6ea234ceec184b60a8cf1");
  });

  test("of a submission has the hashes of its texts", () => {
    const record = submission("sub-1", {
      documents: { dag: "version: 1\n", params: "{}", refs: undefined },
      manifest: "{}",
      rerunOf: { submissionId: "sub-0", kept: ["a"] },
    });
    expect(recordDigest(record)).toBe(
      `sha256:${sha256(
        `["orch.audit.record.v1","sub-1","research","team-research","bt_xs_bilstm_v1","staging","alice@example.com",1795564800123,` +
          `"${record.bodyDigest}","${record.manifestDigest}","${record.recipeDigest}","${sha256("version: 1\n")}","${sha256("{}")}",` +
          `null,"${sha256("{}")}",["sub-0",["a"]],"${record.traceparent}"]`,
      )}`,
    );
    expect(recordDigest(record)).toBe("sha256:8360d21840e00ea4fb79fc1355b937b6fa2f81ddb61f0af299feed174748ff05");
  });

  test("of a block is the hashes of its rows", () => {
    expect(blockDigest(["aa", "bb"])).toBe(`sha256:${sha256('["orch.audit.block.v1","aa","bb"]')}`);
  });
});
