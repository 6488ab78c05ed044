import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cpuMillis,
  formatBytes,
  formatDuration,
  formatMillis,
  memoryBytes,
  parseDuration,
  parseImage,
  parseQuantity,
} from "../../../submission/spec/index.ts";
import { conditionProblem } from "../../../submission/spec/values/condition.ts";
import { guessDuration } from "../../../submission/spec/values/duration.ts";
import { isReservedLabel, labelKeyProblem, URI } from "../../../submission/spec/values/names.ts";

describe("quantities are those of Kubernetes", () => {
  it.each([
    ["4", 4_000_000_000n],
    ["0.5", 500_000_000n],
    [".5", 500_000_000n],
    ["5.", 5_000_000_000n],
    ["500m", 500_000_000n],
    ["+1", 1_000_000_000n],
    ["-1", -1_000_000_000n],
    ["1Ki", 1_024_000_000_000n],
    ["1.5Gi", 1_610_612_736_000_000_000n],
    ["1k", 1_000_000_000_000n],
    ["1e3", 1_000_000_000_000n],
    ["1E-3", 1_000_000n],
    ["1E", 1_000_000_000_000_000_000_000_000_000n],
    ["1n", 1n],
    ["0.1n", 1n],
    ["1u", 1000n],
  ])("%s is one", (text, nano) => {
    expect(parseQuantity(text)?.nano).toBe(nano);
  });

  it.each([
    "",
    " 1",
    "1 ",
    "1 Gi",
    "1gi",
    "1GB",
    "1K",
    "0x10",
    "1e",
    "1e1.5",
    "1,5",
    "1.2.3",
    ".",
    "Gi",
    "--1",
    "١",
    "1mi",
    "Infinity",
  ])("%j is none", (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  });

  it("counts thousandths of a CPU and bytes, rounding up", () => {
    expect([cpuMillis("0.5"), cpuMillis("0.0001"), cpuMillis("2"), memoryBytes("1Gi"), memoryBytes("1500m")]).toEqual([
      500, 1, 2000, 1_073_741_824, 2,
    ]);
  });

  it("reads back what it writes", () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), (millis) => {
        expect(cpuMillis(formatMillis(millis))).toBe(millis);
      }),
    );
    expect([formatBytes(1536), formatBytes(17_179_869_184), formatBytes(5)]).toEqual(["1.5Ki", "16Gi", "5"]);
  });
});

describe("durations", () => {
  it.each([
    ["2h", 7200],
    ["90m", 5400],
    ["1h30m", 5400],
    ["45s", 45],
    ["1h0m5s", 3605],
  ])("%s is %i seconds", (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each(["", "2", "2H", "1.5h", "30m1h", "1d", "h", "-1h", " 1h", "1h 30m"])("%j is none", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it("are guessed from what people write", () => {
    expect(["1.5h", "1d", "90", "2 hours", "10 Min"].map(guessDuration)).toEqual([
      "1h30m",
      "24h",
      "1m30s",
      "2h",
      "10m",
    ]);
  });

  it("are written as they are read", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds))).toBe(seconds);
      }),
    );
  });
});

describe("image references", () => {
  const digest = `sha256:${"ab".repeat(32)}`;
  it.each([
    ["python", "docker.io/library/python", undefined, undefined],
    ["python:3.12", "docker.io/library/python", "3.12", undefined],
    ["trinodb/trino:480", "docker.io/trinodb/trino", "480", undefined],
    ["ghcr.io/archetype/feature-kit:0.3.2", "ghcr.io/archetype/feature-kit", "0.3.2", undefined],
    ["localhost/x", "localhost/x", undefined, undefined],
    // A first part with capitals is a host to every container runtime.
    ["Team/x", "Team/x", undefined, undefined],
    ["localhost:5000/x/y:1", "localhost:5000/x/y", "1", undefined],
    [`10.0.0.1:5000/x@${digest}`, "10.0.0.1:5000/x", undefined, digest],
    [`[::1]:5000/x:v1@${digest}`, "[::1]:5000/x", "v1", digest],
    ["a/b__c/d-e.f_g--h:A_b.c-1", "docker.io/a/b__c/d-e.f_g--h", "A_b.c-1", undefined],
  ])("%s is one", (text, fullRepository, tag, hash) => {
    expect(parseImage(text)).toMatchObject({ fullRepository, tag, digest: hash });
  });

  it.each([
    ["", "is empty"],
    ["a b", "holds white space"],
    ["x:", "has a tag"],
    [":1", "has no name"],
    ["x//y", "has an empty part"],
    ["/x", "has an empty part"],
    ["Te_am/x", "registry host"],
    ["x/Y:1", "has capital letters"],
    ["x/-y", "has"],
    ["x..y/z_", "has"],
    ["x@sha256:abc", "has a digest"],
    [`x@sha256:${"AB".repeat(32)}`, "has a sha256 digest"],
    [`x/${"y".repeat(300)}`, "more than 255"],
    [`x:${"1".repeat(129)}`, "has a tag"],
    ["x:{{workflow.name}}", "has a tag"],
    ["https://x.example/y", "has"],
  ])("%j is none", (text, reason) => {
    expect(String(parseImage(text))).toMatch(new RegExp(reason));
  });
});

describe("label keys", () => {
  it.each(["project", "example.com/project", "a", "A-1_b.c", `${"x".repeat(63)}`, `${"a.".repeat(126)}a/x`])(
    "%s is one",
    (key) => {
      expect(labelKeyProblem(key)).toBeUndefined();
    },
  );
  it.each(["", "/x", "a/b/c", "a/", "-a", "a-", "Ex_ample.com/x", "x".repeat(64), "ü"])("%j is none", (key) => {
    expect(labelKeyProblem(key)).toBeDefined();
  });
  it("belong to the platform under its prefixes, their subdomains, and by name", () => {
    const reserved = [
      "orch.dev/x",
      "sub.orch.dev/x",
      "workflows.argoproj.io/x",
      "app.kubernetes.io/name",
      "kueue.x-k8s.io/queue-name",
      "node_id",
      "team",
    ];
    expect(reserved.map(isReservedLabel)).toEqual(reserved.map(() => true));
    expect(["myorch.dev/x", "project", "example.com/team"].map(isReservedLabel)).toEqual([false, false, false]);
  });
});

describe("URIs", () => {
  it.each(["s3://bucket/key", "https://host:1/x?y=1#z", "local:///opt/x.jar", "gs://b/é"])("%s is one", (text) => {
    expect(URI.test(text)).toBe(true);
  });
  it.each(["", "s3://", "bucket/key", "s3:/x", "s3://a b", "s3://a\nb", "s3://{{x}}", "1s3://x"])(
    "%j is none",
    (text) => {
      expect(URI.test(text)).toBe(false);
    },
  );
});

describe("conditions are those that Argo understands", () => {
  it.each([
    "status.jobStatus == SUCCEEDED",
    "status.jobStatus in (FAILED,STOPPED),status.jobDeploymentStatus in (Failed,ValidationFailed)",
    "status.succeeded > 0",
    "status.phase!=Failed",
    "status.phase notin (a, b)",
    "status.ready",
    "!status.error",
    "status.state = COMPLETED",
  ])("%s is one", (text) => {
    expect(conditionProblem(text)).toBeUndefined();
  });
  it.each([
    "",
    " ",
    "a ==== b",
    "status.x == 'y'",
    "status.x in a,b",
    "a,,b",
    "status.x > many",
    "{{workflow.name}} == x",
    "status[0] == x",
    "a == b c",
    "in (a)",
  ])("%j is none", (text) => {
    expect(conditionProblem(text)).toBeDefined();
  });
});
