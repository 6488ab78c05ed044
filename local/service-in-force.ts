import { setTimeout as delay } from "node:timers/promises";
import { connect } from "../submission/cli/run/connect.ts";
import { publishedProfile } from "../submission/cli/run/team.ts";
import { reach } from "../submission/cli/service/address.ts";
import { contentDigest } from "../submission/compile/index.ts";
import { readiness } from "../submission/service/api/schema.ts";
import { UserError } from "../submission/spec/user-error.ts";

const TIMEOUT = 60_000;

/**
 * Waits until the submission service answers and knows what the stacks have published last: it begins with the first team, and anew with
 * each further one.
 *
 * @throws UserError when it does not; the signal's reason
 */
export async function serviceInForce(stateDir: string, signal: AbortSignal): Promise<void> {
  const expected = contentDigest(await publishedProfile(connect({ state: stateDir })));
  const { url } = await reach({ state: stateDir });
  const deadline = Date.now() + TIMEOUT;
  let last = "it does not answer";
  while (Date.now() < deadline) {
    signal.throwIfAborted();
    const said = await ask(url);
    if (said?.ready && said.profile === expected) return;
    if (said !== undefined)
      last = Object.entries(said.parts)
        .map(([part, state]) => `${part}: ${state}`)
        .join(", ");
    await delay(100, undefined, { signal });
  }
  throw new UserError(`The submission service at ${url} is not ready: ${last}.`, {
    hint: `Its log: ${stateDir}/logs/submission-service.log`,
    exitCode: 2,
  });
}

async function ask(url: string) {
  try {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) });
    return readiness.safeParse(await answer.json()).data;
  } catch {
    return undefined;
  }
}
