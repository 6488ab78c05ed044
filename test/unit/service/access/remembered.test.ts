import { afterEach, describe, expect, test, vi } from "vitest";
import { Remembered } from "../../../../submission/service/access/remembered.ts";

afterEach(() => {
  vi.useRealTimers();
});

describe("an answer that holds for some seconds", () => {
  test("is asked for again after them, also when the clock was set back meanwhile", async () => {
    vi.useFakeTimers({ now: Date.UTC(2027, 0, 1) });
    const answers = new Remembered<string>(10, () => 5_000);
    const ask = vi.fn(async () => "yes");
    await answers.get("may alice submit", ask);
    vi.setSystemTime(Date.UTC(2026, 0, 1));
    await vi.advanceTimersByTimeAsync(4_000);
    expect(answers.has("may alice submit")).toBe(true);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(answers.has("may alice submit")).toBe(false);
    await answers.get("may alice submit", ask);
    expect(ask).toHaveBeenCalledTimes(2);
  });
});
