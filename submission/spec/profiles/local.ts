import { createRequire } from "node:module";
import type { PlatformProfile } from "../profile.ts";

const require = createRequire(import.meta.url);

/** The built-in profile of the environment `local`. A test holds it against the schema; here that would only cost time. */
export function localProfile(): PlatformProfile {
  return require("./local.json");
}
