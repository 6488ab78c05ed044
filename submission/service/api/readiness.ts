import type { z } from "zod";
import { contentDigest } from "../../compile/index.ts";
import type { Parts } from "../application/index.ts";
import type { readiness } from "./schema.ts";

export type Readiness = () => Promise<z.infer<typeof readiness>>;

/** Longer than this, a part is away. */
const PATIENCE_MILLIS = 2_000;

/** Asks every part whether it can be used. */
export function readinessOf({
  audit,
  queue,
  workflows,
  access,
  profile,
}: Pick<Parts, "audit" | "queue" | "workflows" | "access" | "profile">): Readiness {
  const digest = contentDigest(profile);
  const parts = { audit, queue, kubernetes: workflows };
  return async () => {
    const states = await Promise.all(
      Object.entries(parts).map(async ([name, part]) => [name, await stateOf(part)] as const),
    );
    return {
      ready: states.every(([, state]) => state === READY),
      parts: Object.fromEntries(states),
      authentication: access.description,
      profile: digest,
    };
  };
}

const READY = "ready";

async function stateOf(part: { ready(): Promise<void> }): Promise<string> {
  const { promise: late, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(() => resolve(`no answer within ${PATIENCE_MILLIS / 1_000} seconds`), PATIENCE_MILLIS);
  try {
    return await Promise.race([part.ready().then(() => READY), late]);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}
