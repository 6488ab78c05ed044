import { keysOf } from "../configuration.ts";

/** The project's name, which is also the prefix of its configuration keys. */
export const PROJECT = "orchestration-layer";

/** The project's own keys without their prefix. */
export const ownKeys = (all: Readonly<Record<string, unknown>>): Record<string, unknown> => keysOf(PROJECT, all);
