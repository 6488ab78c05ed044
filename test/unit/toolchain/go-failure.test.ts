import { describe, expect, it } from "vitest";
import { goFailure } from "../../../local/toolchain/go-failure.ts";

describe("a failed Go command", () => {
  it.each([
    ["write /tmp/x: no space left on device", "the disk is full"],
    ["verifying example.test/m@v1: checksum mismatch\nSECURITY ERROR", "a download is not what go.sum pins"],
    [
      "go: go.mod requires go >= 1.26.0 (running go 1.25.1; GOTOOLCHAIN=local)",
      "Go is too old and cannot fetch a newer one",
    ],
    ['Get "https://x/y": dial tcp: lookup x: no such host', "a Go module could not be downloaded"],
    ["reading https://x/m.zip: 403 Forbidden", "a Go module could not be downloaded"],
    ["compile: signal: killed", "the compiler ran out of memory"],
    ["main.go:1:1: syntax error", "Go reports an error"],
  ])("%j is explained as: %s", (line, reason) => {
    const error = goFailure("Building etcd 3.6.7", line.split("\n"));
    expect(error.message).toContain(`Building etcd 3.6.7 failed: ${reason}.`);
    expect(error.message).toContain(line.split("\n").at(-1));
    expect(error.hint?.length).toBeGreaterThan(20);
  });

  it("shows the last lines that tell something, and neither downloads nor progress", () => {
    const lines = [
      "go: downloading example.test/a v1.0.0",
      "example.test/a",
      ...Array.from({ length: 30 }, (_, index) => `x.go:${index}:1: undefined: y`),
      "example.test/b",
    ];
    const { message } = goFailure("Building kwok 0.7.0", lines, new Set(["example.test/a", "example.test/b"]));
    expect(message).not.toContain("downloading");
    expect(message).not.toContain("example.test");
    expect(message.split("\n")).toHaveLength(13);
    expect(message).toContain("x.go:29:1");
  });
});
