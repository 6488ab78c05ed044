import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { evidenceKey, readEvidence, whyNotSigned } from "../../../submission/spec/release/index.ts";
import {
  ARTIFACT,
  digest,
  IMAGE,
  judgeAll,
  rightEvidence,
  rightManifest,
  served,
  settingsWith,
} from "../policies/release-fixture.ts";
import { type Ended, orch } from "./orch-process.ts";

const folder = mkdtempSync(join(tmpdir(), "orch-evidence-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, content: unknown): string => {
  const path = join(folder, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content, null, 2));
  return path;
};

/** A Workflow as `kubectl get workflow -o json` prints it, as far as evidence asks. */
const workflow = (name: string, change: { recipe?: string; phase?: string; pipeline?: string } = {}) => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Workflow",
  metadata: {
    name,
    uid: name,
    creationTimestamp: "2026-11-09T07:00:00Z",
    labels: { pipeline_id: change.pipeline ?? "bt_xs_bilstm_v1" },
    annotations: {
      "orch.dev/recipe-digest": change.recipe ?? digest("c"),
      "orch.dev/outputs": `s3://artifacts/runs/${name}/`,
    },
  },
  spec: {},
  status: { phase: change.phase ?? "Succeeded", finishedAt: "2026-11-09T08:00:00Z" },
});

const right = rightEvidence();
const RESULT = {
  artifact: ARTIFACT,
  metrics: { sharpe: 1.4, hit_rate: 0.53 },
  drawdown: 0.18,
  data: { uri: "iceberg://lake/backtests", version: "8124091337" },
  seed: 7,
};
let files: Record<"workflows" | "result" | "second-result" | "card" | "stays" | "approvals" | "key", string>;
const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const PUBLIC = evidenceKey.parse({ ...publicKey.export({ format: "jwk" }), kid: "ci" });

beforeAll(() => {
  files = {
    workflows: file("workflows.json", { kind: "List", items: [workflow("sub-1"), workflow("sub-2")] }),
    result: file("r1.json", RESULT),
    "second-result": file("r2.json", { artifact: ARTIFACT }),
    card: file(
      "card.yaml",
      Object.entries(right.card)
        .map(([name, text]) => `${name}: "${text}"`)
        .join("\n"),
    ),
    stays: file("stays.json", right.stays),
    approvals: file("approvals.json", right.approvals),
    key: file("ci.pem", privateKey.export({ format: "pem", type: "pkcs8" }) as string),
  };
});

type Options = Partial<typeof files> & { secondRun?: string; more?: readonly string[] };
const evidence = ({ secondRun = "sub-2", more = [], ...own }: Options = {}): Promise<Ended> =>
  orch([
    "evidence",
    "sub-1",
    ...["--second-run", secondRun, "--image", IMAGE, "--model-version", "7", "--submitted-by", "ada@example.com"],
    ...["--kid", "ci", "--out", folder],
    ...Object.entries({ ...files, ...own }).flatMap(([name, path]) => [`--${name}`, path]),
    ...more,
  ]);
const token = () => readFileSync(join(folder, "sub-1.evidence.jws"), "utf8").trim();

describe("orch evidence", () => {
  test("assembles and signs what every gate of prod lets through, and says by whom it is signed", async () => {
    const { code, stdout, stderr } = await evidence();
    expect(stderr).toContain(`signed by ${JSON.stringify(PUBLIC)}`);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining("sub-1.evidence.jws  signed") });
    expect(await whyNotSigned(token(), [PUBLIC])).toBeUndefined();
    expect(JSON.parse(readFileSync(join(folder, "sub-1.evidence.json"), "utf8"))).toEqual(readEvidence(token()));
    const { issuedAt, ...said } = readEvidence(token()) ?? {};
    const { issuedAt: _, ...expected } = right;
    expect(said).toEqual(expected);
    expect(Math.abs(Date.parse(String(issuedAt)) - Date.now())).toBeLessThan(60_000);

    // The approval of the fixture is of a day that passes by.
    const settings = { ...settingsWith({ publicKey: PUBLIC }), "prod-is-approved": { maxAgeDays: 100_000 } };
    expect(await judgeAll(served(rightManifest("prod"), token()), settings)).toEqual(new Map());
  });

  test("signs so that no one can change a word of it afterwards", async () => {
    await evidence();
    const [header, payload = "", signature] = token().split(".");
    const content = Buffer.from(payload, "base64url").toString().replace('"max":0.18', '"max":0.08');
    const changed = [header, Buffer.from(content).toString("base64url"), signature].join(".");
    expect(await whyNotSigned(changed, [PUBLIC])).toBe(
      "was changed after key ci signed it, or another key of that name did",
    );
  });

  test("takes a JWK as well, whose name needs no saying, and a result in several files", async () => {
    const jwk = file("ci.jwk", { ...privateKey.export({ format: "jwk" }), kid: "ci" });
    const { drawdown, ...rest } = RESULT;
    const { code } = await evidence({
      key: jwk,
      more: ["--result", file("rest.json", rest), file("risk.json", { drawdown }), "--json"],
      result: file("none.json", {}),
    });
    expect(code).toBe(0);
    expect(await whyNotSigned(token(), [PUBLIC])).toBeUndefined();
  });

  test("says everything that is wrong with its files at once, each with line and column", async () => {
    rmSync(join(folder, "sub-1.evidence.jws"), { force: true });
    const { code, stderr } = await evidence({
      result: file("bad.json", { ...RESULT, metrics: { sharpe: "1.4" }, drawdown: -0.18 }),
      card: file("bad.yaml", "risks: 7\n"),
      approvals: file("bad-approvals.json", [{ by: "gr\u0430ce", stage: "prod", at: "today" }]),
      key: file("public.jwk", { ...publicKey.export({ format: "jwk" }), kid: "ci" }),
      secondRun: "sub-9",
    });
    expect(code).toBe(1);
    for (const part of [
      /bad\.json:7:\d+: result\.metrics\.sharpe must be a finite number/,
      /bad\.json:\d+:\d+: result\.drawdown must not be negative: a loss of 18 % is 0\.18/,
      /bad\.yaml:1:\d+: card\.risks must be a text/,
      /bad-approvals\.json:\d+:\d+: approvals\.0\.by must be an account's name in ASCII/,
      /bad-approvals\.json:\d+:\d+: approvals\.0\.at must be a time in UTC/,
      /public\.jwk is a public key; evidence is signed with a private one/,
      /there is no run sub-9 in .*workflows\.json \(there is sub-1, sub-2\)/,
    ])
      expect(stderr).toMatch(part);
    expect(stderr).not.toContain("    at ");
    expect(existsSync(join(folder, "sub-1.evidence.jws"))).toBe(false);
  });

  test.each<[string, () => Options, RegExp]>([
    ["the same run twice", () => ({ secondRun: "sub-1" }), /sub-1 is named as both runs; a run is no proof of itself/],
    [
      "runs of two recipes",
      () => ({ workflows: file("w.json", { items: [workflow("sub-1"), workflow("sub-2", { recipe: digest("d") })] }) }),
      /the runs are of different recipes: sub-1 sha256:ccc.*, sub-2 sha256:ddd/,
    ],
    [
      "a run that failed",
      () => ({ workflows: file("w.json", { items: [workflow("sub-1", { phase: "Failed" }), workflow("sub-2")] }) }),
      /sub-1 has not succeeded: it is Failed \(its outputs: s3:\/\/artifacts\/runs\/sub-1\/\)/,
    ],
    [
      "runs that gave two artifacts",
      () => ({ "second-result": file("r.json", { artifact: { ...ARTIFACT, sha256: digest("e") } }) }),
      /the runs gave different artifacts: .*Fix the seeds/,
    ],
    [
      "a result without what was measured",
      () => ({ result: file("r.json", { artifact: ARTIFACT }) }),
      /the result of sub-1 says nothing of metrics.*\n.*nothing of drawdown.*\n.*nothing of data/,
    ],
    [
      "a key in KMS",
      () => ({ key: "awskms://alias/evidence" }),
      /awskms:\/\/alias\/evidence is a key in a key management service; evidence is signed with a key in a file so far/,
    ],
    [
      "a key of another kind",
      () => ({
        key: file(
          "ec.pem",
          generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
            format: "pem",
            type: "pkcs8",
          }) as string,
        ),
      }),
      /is a key of ec; it must be Ed25519/,
    ],
    ["no embedded environment", () => ({ workflows: undefined }), /no embedded environment runs in/],
  ])("refuses %s", async (_, options, message) => {
    const { workflows = files.workflows, ...own } = options();
    const given = "workflows" in options() && options().workflows === undefined;
    const { code, stderr } = given
      ? await orch([
          "evidence",
          "sub-1",
          "--second-run",
          "sub-2",
          "--image",
          IMAGE,
          "--submitted-by",
          "ada",
          "--result",
          files.result,
          "--second-result",
          files["second-result"],
          "--card",
          files.card,
          "--key",
          files.key,
          "--kid",
          "ci",
          "--state",
          "/nonexistent/orch",
        ])
      : await evidence({ ...own, workflows });
    expect(stderr).toMatch(message);
    expect(code).toBe(given ? 2 : 1);
    expect(stderr).not.toMatch(/PRIVATE KEY|"d":/);
  });

  test("shows in its help what it is made of", async () => {
    const { code, stdout } = await orch(["evidence", "--help"]);
    expect(code).toBe(0);
    for (const part of ["--second-run", "--card", "--key", "Example", "orch evidence sub-1"])
      expect(stdout).toContain(part);
  });
});
