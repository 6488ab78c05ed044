import fc from "fast-check";
import { expect, test } from "vitest";
import { Refusals, Rejection } from "../../../../submission/service/application/index.ts";
import { type NewEntry, RefusalBudget } from "../../../../submission/service/audit/index.ts";

test("however refusals come, no more are put on record than the burst and one a second", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 5_000 }), { maxLength: 200 }), (gaps) => {
      const budget = new RefusalBudget({ burst: 10, perSecond: 1 });
      let now = 0;
      let taken = 0;
      for (const gap of gaps) {
        now += gap;
        if (budget.take(now)) taken++;
      }
      expect(taken).toBeLessThanOrEqual(10 + now / 1_000);
    }),
  );
});

test("whoever is refused now and then is always put on record", () => {
  const budget = new RefusalBudget({ burst: 2, perSecond: 1 });
  const taken = Array.from({ length: 100 }, (_, second) => budget.take(second * 1_000));
  expect(taken).toEqual(taken.map(() => true));
});

test("a flood of refusals leaves as many rows as the budget has, and one that counts the rest", async () => {
  const entries: NewEntry[] = [];
  const audit = { append: async (_chain: string, added: readonly NewEntry[]) => void entries.push(...added) };
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const refusals = new Refusals(audit, silent, new RefusalBudget({ burst: 10, perSecond: 0 }));
  for (let request = 0; request < 500; request++) {
    const rejection = new Rejection("unauthenticated", "no token");
    refusals.note({ rejection, caller: undefined, operation: "submit", changes: true });
  }
  await refusals.settled();
  expect(entries).toHaveLength(11);
  expect(entries.at(-1)?.detail).toEqual({ reason: "too-many-refusals", refusals: "490" });
});
