import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { showProgress } from "../../../local/toolchain/display.ts";
import { advance } from "../../../local/toolchain/estimate.ts";
import { bar } from "../../../local/toolchain/wording.ts";

const plan = {
  kind: "planned",
  builds: [
    { build: "etcd", version: "3.6.7", tools: ["etcd"], coldSeconds: 60, packages: 500 },
    { build: "kwok", version: "0.7.0", tools: ["kwok"], coldSeconds: 120, packages: 1000 },
  ],
} as const;

describe("progress without a terminal", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("says what is built, a line every 15 s with counts and the time left, and each end", async () => {
    const stream = new PassThrough({ encoding: "utf8" });
    const display = showProgress(stream);
    display.listener(plan);
    display.listener({ kind: "compiling", build: "etcd", done: 123, total: 500 });
    vi.advanceTimersByTime(15_000);
    display.listener({ kind: "built", build: "etcd", seconds: 15.2 });
    display.listener({ kind: "waiting", build: "kwok" });
    display.listener({ kind: "built", build: "kwok", seconds: 3 });
    await display.close();
    vi.advanceTimersByTime(60_000);
    const lines = String(stream.read()).trimEnd().split("\n");
    expect(lines[0]).toMatch(/^Building etcd and kwok once, .*about 3 min/);
    expect(lines.slice(1)).toEqual([
      expect.stringMatching(/^Tools: etcd: 123\/500 packages; then kwok; about 3 min left$/),
      expect.stringMatching(/^etcd 3\.6\.7: built in 15 s, less than a minute left$/),
      "kwok 0.7.0: another process is building it, waiting",
      "kwok 0.7.0: built in 3 s",
    ]);
  });
});

describe("the bar of one build", () => {
  it("is as full as its share of compiled packages", () => {
    const progress = advance(advance(new Map(), plan), { kind: "compiling", build: "etcd", done: 250, total: 500 });
    const build = progress.get("etcd");
    expect(build && bar(build)).toBe(`${"█".repeat(12)}${"░".repeat(12)} 250/500 packages`);
  });

  it("is not drawn before there is something to count", () => {
    const progress = advance(advance(new Map(), plan), {
      kind: "downloading",
      build: "etcd",
      modules: 7,
      latest: "x.test/y",
    });
    const build = progress.get("etcd");
    expect(build && bar(build)).toBe("downloading sources (7 modules, x.test/y)");
  });
});
