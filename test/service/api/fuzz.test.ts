import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Running, running } from "./running.ts";
import { body, sampleDag } from "./sample.ts";

let service: Running;
beforeAll(async () => {
  service = await running();
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
});

const PATHS = ["submit", "plan", "rerun/fuzzed-1", "cancel/fuzzed-1"];
const SETTINGS = { seed: 20251029, numRuns: 250 };

async function send(path: string, sent: Uint8Array<ArrayBuffer> | string): Promise<number> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${service.url}/api/orch/${path}`, { method: "POST", headers, body: sent });
  await response.arrayBuffer();
  return response.status;
}

/** The sample, with something of it exchanged for anything. */
const mutated = fc
  .tuple(fc.array(fc.nat(40), { minLength: 1, maxLength: 6 }), fc.jsonValue({ maxDepth: 3 }))
  .map(([steps, value]) => {
    const whole = structuredClone({ ...body("fuzzed-2"), dag_spec: sampleDag });
    exchange(whole, steps, value);
    return JSON.stringify(whole);
  });

function exchange(within: object, [step = 0, ...rest]: readonly number[], value: unknown): void {
  const keys = Object.keys(within);
  const key = keys[step % Math.max(1, keys.length)];
  if (key === undefined) return;
  const inner: unknown = Reflect.get(within, key);
  if (rest.length > 0 && typeof inner === "object" && inner !== null) exchange(inner, rest, value);
  else Reflect.set(within, key, value);
}

test("no body, whatever it holds, makes the service fail", async () => {
  const anything = fc.oneof(
    { weight: 4, arbitrary: mutated },
    fc.json({ maxDepth: 8 }),
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Uint8Array.from(bytes)),
    fc
      .dictionary(fc.constantFrom("dag_spec", "runtime_params", "refs", "team", "rerun_of", "from"), fc.jsonValue())
      .map((value) => JSON.stringify(value)),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...PATHS), anything, async (path, sent) => {
      expect(await send(path, sent)).toBeLessThan(500);
    }),
    SETTINGS,
  );
});

test("no path, query or header makes the service fail", async () => {
  const piece = fc.oneof(fc.webPath(), fc.string({ unit: "binary", maxLength: 40 }).map(encodeURIComponent));
  const query = fc.webQueryParameters();
  const kinds = fc.constantFrom("status", "logs", "lineage", "audit", "submissions", "nothing");
  await fc.assert(
    fc.asyncProperty(kinds, piece, query, async (kind, rest, asked) => {
      const response = await fetch(`${service.url}/api/orch/${kind}/${rest}?${asked}`);
      await response.arrayBuffer();
      expect(response.status).toBeLessThan(500);
    }),
    SETTINGS,
  );
});
