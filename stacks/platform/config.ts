import { parseConfiguration } from "../configuration.ts";
import { consistency } from "./consistency.ts";
import { PROJECT } from "./keys.ts";
import { EXAMPLES, type PlatformConfig, SHAPE } from "./schema.ts";

/**
 * Raw configuration -> typed configuration.
 *
 * @param raw value of each key, without the project's prefix
 * @throws UserError that names every mistake at once: the key, what is allowed, an example
 */
export const parseConfig = (raw: Readonly<Record<string, unknown>>): PlatformConfig =>
  parseConfiguration({ project: PROJECT, shape: SHAPE, examples: EXAMPLES, consistency }, raw);
