import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";

/** `npm run check:pr` on a clone of this checkout with a change in it, by the real engine. */
const folder = mkdtempSync(join(tmpdir(), "orch-review-test-"));
const clone = join(folder, "clone");
const checkout = new URL("../../", import.meta.url).pathname.replace(/\/$/, "");
const git = (...args: string[]) => execFileSync("git", args, { cwd: clone, encoding: "utf8" });

execFileSync("git", ["clone", "--quiet", "--no-hardlinks", checkout, clone]);
symlinkSync(join(checkout, "node_modules"), join(clone, "node_modules"));
// What is being worked on here is tested, too, not only what is committed.
execFileSync("sh", ["-c", 'git diff HEAD --binary | git -C "$1" apply --allow-empty', "sh", clone], { cwd: checkout });
appendFileSync(join(clone, ".git", "info", "exclude"), "node_modules\n");
git(
  "-c",
  "user.name=test",
  "-c",
  "user.email=test@example.com",
  "commit",
  "--quiet",
  "--all",
  "--allow-empty",
  "-m",
  "as it is",
);

afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  git("reset", "--quiet", "--hard");
  git("clean", "--quiet", "--force", "-d");
});

/** Changes one place of a file, which must be there. */
function edit(path: string, from: string, to: string): void {
  const text = readFileSync(join(clone, path), "utf8");
  expect(text).toContain(from);
  writeFileSync(join(clone, path), text.replace(from, to));
}

function checkPr(...args: string[]) {
  const given = ["review/check-pr.ts", "--base", "HEAD", "--tests", "none", "--no-checks", ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, given, { cwd: clone, encoding: "utf8" });
  return { status, summary: stdout, progress: stderr };
}

test("a change that nothing speaks against: what changes, what it costs, exit code 0", () => {
  edit("Pulumi.dev.yaml", "cpu: {min: 0, max: 4}", "cpu: {min: 1, max: 4}");
  const output = join(folder, "summary.md");
  const { status, summary, progress } = checkPr("--output", output);
  expect(summary).toContain("✅ Nothing speaks against this change");
  expect(summary).toContain("### ✅ `orchestration-layer/dev`");
  expect(summary).toContain("Touched by `Pulumi.dev.yaml`.");
  expect(summary).toMatch(/\*\*0 added, \d+ changed, 0 replaced, 0 destroyed\*\*, \d{3,} the same/);
  expect(summary).toMatch(
    /`aws:eks\/nodeGroup:NodeGroup` \| `orch-dev-cpu-us-east-1a` \| `scalingConfig\.desiredSize`, `scalingConfig\.minSize`/,
  );
  // A node and its disk.
  expect(summary).toContain("Cost a month: **+USD 1,129.28**");
  expect(summary).not.toContain("orchestration-layer/prod");
  expect(readFileSync(output, "utf8")).toBe(summary);
  expect(progress).toMatch(/Preview of orchestration-layer\/dev: passed, \d+ s/);
  expect(status).toBe(0);
});

test("a change that a policy refuses: file, resource, rule and fix, what is lost, exit code 1", () => {
  edit("Pulumi.prod.yaml", "access: {from: vpc-runner}", "access: {from: allow-list, cidrs: [0.0.0.0/0]}");
  const { status, summary } = checkPr();
  const line = readFileSync(join(clone, "Pulumi.prod.yaml"), "utf8")
    .split("\n")
    .findIndex((one) => one.includes("0.0.0.0/0]}"));
  expect(summary).toContain("❌ This change is refused by orchestration-layer/prod");
  expect(summary).toContain("- ❌ refused: ");
  expect(summary).toContain("resource: `aws:eks/cluster:Cluster orch-prod`");
  expect(summary).toContain(`file: \`Pulumi.prod.yaml:${line + 1}\``);
  expect(summary).toMatch(/declared in: `components\/cluster\/control-plane\.ts:\d+`/);
  expect(summary).toContain(
    "rule: `control-plane-is-closed` of the pack `platform` (`policies/platform/rules/control-plane-is-closed.ts`)",
  );
  expect(summary).toMatch(/ {2}- fix: \S+/);
  expect(summary).toContain(
    "| `aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule` | `orch-prod-runner-10.60.0.0-16` |",
  );
  expect(status).toBe(1);
});

test("a mandatory rule that could not decide, which the engine calls advice, refuses the change", () => {
  const pack = join(clone, "policies", "careful");
  mkdirSync(pack);
  writeFileSync(join(pack, "PulumiPolicy.yaml"), "runtime: nodejs\n");
  writeFileSync(
    join(pack, "package.json"),
    JSON.stringify({ name: "careful", version: "1.0.0", type: "module", main: "index.js" }),
  );
  writeFileSync(
    join(pack, "index.js"),
    `import { PolicyPack } from "@pulumi/policy";
new PolicyPack("careful", {
  policies: [{
    name: "owners-are-known",
    description: "Every namespace has an owner.",
    enforcementLevel: "mandatory",
    validateResource: ({ type, props }, report) => {
      if (type.endsWith(":Namespace") && props.metadata?.annotations?.owner === "nobody") report("it has none");
    },
  }],
});
`,
  );
  edit(
    "stacks/release/index.ts",
    "const released =",
    `const first = new k8s.core.v1.Namespace("first", {}, { provider: cluster.provider });
new k8s.core.v1.Namespace(
  "second",
  { metadata: { annotations: { owner: first.metadata.uid } } },
  { provider: cluster.provider },
);
const released =`,
  );
  const { status, summary } = checkPr("--stack", "model-releases/dev");
  expect(summary).toContain("- ❌ undecided, which stops a change like a refusal: can't run policy 'owners-are-known'");
  expect(summary).toContain("resource: `kubernetes:core/v1:Namespace second`");
  expect(summary).toContain("rule: `owners-are-known` of the pack `careful`");
  expect(status).toBe(1);
});

test("a stack that cannot be previewed is shown with the program's own words, exit code 1", () => {
  edit("stacks/release/Pulumi.dev.yaml", "region: us-east-1", "region: Frankfurt");
  const { status, summary } = checkPr();
  expect(summary).toContain("### ❌ cannot be previewed: `model-releases/dev`");
  expect(summary).toContain("model-releases:cluster.region  must be a region, e.g. us-east-1");
  expect(summary).not.toMatch(/\bat .*\.ts:\d+/);
  expect(status).toBe(1);
});

test("what cannot be told has exit code 2 and says what to do", () => {
  const unknown = checkPr("--stack", "orchestration-layer/prdo");
  expect(unknown.progress).toContain("There is no stack orchestration-layer/prdo.\nThere are ");
  const { status, progress } = checkPr("--base", "no-such-branch");
  expect(progress).toContain("There is no commit no-such-branch in this checkout.");
  expect([unknown.status, status]).toEqual([2, 2]);
});
