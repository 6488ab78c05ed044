import { describe, expect, it } from "vitest";
import type { Progress } from "../../../local/toolchain/estimate.ts";
import { advance, secondsLeft, spokenDuration } from "../../../local/toolchain/estimate.ts";
import type { PlannedBuild, ToolchainEvent } from "../../../local/toolchain/events.ts";

const etcd: PlannedBuild = { build: "etcd", version: "3.6.7", tools: ["etcd"], coldSeconds: 100, packages: 500 };
const kwok: PlannedBuild = { build: "kwok", version: "0.7.0", tools: ["kwok"], coldSeconds: 200, packages: 1000 };

function after(...events: ToolchainEvent[]): Progress {
  return events.reduce(advance, new Map() as Progress);
}

const planned: ToolchainEvent = { kind: "planned", builds: [etcd, kwok] };
const compiling = (build: "etcd" | "kwok", done: number, total: number): ToolchainEvent => ({
  kind: "compiling",
  build,
  done,
  total,
});

describe("the estimate of the time left", () => {
  it("starts from what the builds take on the reference machine", () => {
    expect(secondsLeft(after(planned), 0)).toBeCloseTo(300);
  });

  it("falls with every package and is nothing at the end", () => {
    const counts = [0, 100, 300, 500];
    const lefts = counts.map((done) => secondsLeft(after(planned, compiling("etcd", done, 500)), 0));
    expect(lefts).toEqual([...lefts].sort((a, b) => b - a));
    expect(new Set(lefts).size).toBe(counts.length);
    const end = after(
      planned,
      { kind: "built", build: "etcd", seconds: 9 },
      { kind: "built", build: "kwok", seconds: 9 },
    );
    expect(secondsLeft(end, 18)).toBe(0);
  });

  it("follows the machine's own pace once enough is done", () => {
    const halfway = after(planned, { kind: "built", build: "etcd", seconds: 300 });
    expect(secondsLeft(halfway, 300)).toBeCloseTo(600);
    expect(secondsLeft(halfway, 50)).toBeCloseTo(100);
  });

  it("does not trust the first seconds", () => {
    const begun = after(planned, compiling("etcd", 0, 500));
    expect(secondsLeft(begun, 120)).toBeLessThan(300);
  });

  it("counts only what an interrupted build has left over", () => {
    const resumed = after(planned, compiling("etcd", 0, 50), compiling("kwok", 0, 100));
    expect(secondsLeft(resumed, 0)).toBeLessThan(100);
  });

  it("is said in words that do not jump", () => {
    expect(spokenDuration(20)).toBe("less than a minute");
    expect(spokenDuration(50)).toBe("about 1 min");
    expect(spokenDuration(1000)).toBe("about 17 min");
  });
});
