import { describe, expect, test } from "vitest";
import {
  findBucketProblems,
  planBucketPermissions,
  planBucketPolicy,
  planLifecycle,
} from "../../../components/cluster/bucket.ts";

const arn = "arn:aws:s3:::archetype-artifacts";
const bucket = { arn, keyArn: "arn:aws:kms:us-east-1:222222222222:key/1" };

describe("rights on a bucket", () => {
  const actionsOf = (access: Parameters<typeof planBucketPermissions>[1]) =>
    planBucketPermissions(bucket, access).flatMap(({ actions, resources }) =>
      actions.map((action) => `${action} ${resources.join(" ")}`),
    );

  test("who reads some prefixes reads and lists these only, and can decrypt", () => {
    expect(actionsOf({ read: ["models/", "runs/"] })).toEqual([
      `s3:GetObject ${arn}/models/* ${arn}/runs/*`,
      `s3:ListBucket ${arn}`,
      `s3:GetBucketLocation ${arn}`,
      `kms:Decrypt ${bucket.keyArn}`,
    ]);
    const list = planBucketPermissions(bucket, { read: ["models/"] }).find(({ actions }) =>
      actions.includes("s3:ListBucket"),
    );
    expect(list?.conditions).toEqual({ StringLikeIfExists: { "s3:prefix": ["models/*"] } });
  });

  test("who writes can neither read nor delete", () => {
    const actions = actionsOf({ write: ["logs/"] });
    expect(actions).toContain(`s3:PutObject ${arn}/logs/*`);
    expect(actions).toContain(`kms:GenerateDataKey ${bucket.keyArn}`);
    expect(actions).toContain(`s3:ListBucketMultipartUploads ${arn}`);
    expect(actions.filter((action) => /GetObject|DeleteObject/.test(action))).toEqual([]);
  });

  test("who may delete cannot delete versions: what is gone by mistake comes back", () => {
    expect(actionsOf({ delete: ["loki/"] }).filter((action) => action.includes("Delete"))).toEqual([
      `s3:DeleteObject ${arn}/loki/*`,
    ]);
  });
});

describe("a bucket", () => {
  test("refuses everyone who comes without TLS, or with an old one", () => {
    const conditions = planBucketPolicy(arn).Statement.map(({ Effect, Condition, Resource }) => ({
      Effect,
      Condition,
      Resource,
    }));
    expect(conditions).toEqual([
      { Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } }, Resource: [arn, `${arn}/*`] },
      { Effect: "Deny", Condition: { NumericLessThan: { "s3:TlsVersion": "1.2" } }, Resource: [arn, `${arn}/*`] },
    ]);
  });

  test("clears up after itself without being told: old versions, unfinished uploads, markers of what was deleted", () => {
    expect(planLifecycle()).toEqual([
      {
        id: "leftovers",
        status: "Enabled",
        filter: { prefix: "" },
        noncurrentVersionExpiration: { noncurrentDays: 30 },
        abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
        expiration: { expiredObjectDeleteMarker: true },
      },
    ]);
  });

  test("moves and deletes objects of an age when told to, each rule with a name of its own", () => {
    const rules = planLifecycle({
      transition: { days: 90, to: "GLACIER_IR" },
      expire: { "runs/": 365, "logs/": 30 },
    });
    expect(rules.slice(1)).toMatchObject([
      { id: "cheaper", transitions: [{ days: 90, storageClass: "GLACIER_IR" }] },
      { id: "expire-runs", filter: { prefix: "runs/" }, expiration: { days: 365 } },
      { id: "expire-logs", filter: { prefix: "logs/" }, expiration: { days: 30 } },
    ]);
  });

  test.each<[string, Parameters<typeof findBucketProblems>[0], string[]]>([
    ["a right one", { bucket: "archetype-artifacts", lifecycle: { transition: { days: 30, to: "STANDARD_IA" } } }, []],
    ["a name with dots", { bucket: "data.example.com" }, ["the name must be 3 to 63 of a-z"]],
    [
      "what S3 refuses, all at once",
      {
        bucket: "Artifacts",
        lifecycle: { noncurrentDays: 0, transition: { days: 7, to: "STANDARD_IA" } },
      },
      ["the name must be", "days must be whole and above 0", "STANDARD_IA takes objects after 30 days, not 7"],
    ],
    [
      "objects that expire before their lock does",
      { bucket: "audit", lifecycle: { expire: { "": 30 } }, objectLock: { mode: "governance", days: 365 } },
      ["objects would expire before their lock does"],
    ],
  ])("%s", (_, args, problems) => {
    const found = findBucketProblems(args);
    expect(found).toHaveLength(problems.length);
    for (const [index, problem] of problems.entries()) expect(found[index]).toContain(problem);
  });
});
