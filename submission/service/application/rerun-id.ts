import type { DocumentValues } from "../../spec/index.ts";

/** Reruns of one submission that may follow each other without an id of their own. */
const MOST = 100;
const LONGEST = 63;

/** `run-1` is followed by `run-1-r2`, `run-1-r3`...; `run-1-r2` by `run-1-r3`. Always a DNS label. */
export function* laterId(id: string): Generator<string, void, void> {
  const [, base = id, number = "1"] = /^(.+)-r(\d{1,6})$/.exec(id) ?? [];
  for (let next = Number(number) + 1; next <= Number(number) + MOST; next++) {
    const suffix = `-r${next}`;
    yield base.slice(0, LONGEST - suffix.length).replace(/-+$/, "") + suffix;
  }
}

/** The parameters under another submission id, as JSON. */
export function paramsUnder(id: string, params: DocumentValues["params"]): string {
  return JSON.stringify({ ...(typeof params === "object" ? params : {}), submission_id: id });
}
