import type { Caller } from "../model.ts";
import type { Access } from "./access.ts";

const ANONYMOUS: Caller = { name: "anonymous", groups: [] };

/** Nobody is asked who they are, and everybody may do everything: for one person on one machine, by an explicit flag. */
export class OpenAccess implements Access {
  readonly description = "off (--insecure-no-auth): anyone who reaches this address may do anything";

  async identify(): Promise<Caller> {
    return ANONYMOUS;
  }

  async may(): Promise<boolean> {
    return true;
  }
}
