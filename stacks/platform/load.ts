import * as pulumi from "@pulumi/pulumi";
import { UserError } from "../../submission/spec/user-error.ts";
import { parseConfig } from "./config.ts";
import { ownKeys } from "./keys.ts";
import { type Machine, readMachine } from "./machine.ts";
import type { PlatformConfig } from "./schema.ts";

/**
 * The stack's configuration and what this machine adds to it.
 *
 * @throws pulumi.RunError, which the engine shows without a stack trace
 */
export function load(env: NodeJS.ProcessEnv): { config: PlatformConfig; machine: Machine } {
  try {
    const config = parseConfig(ownKeys(pulumi.runtime.allConfig()));
    return { config, machine: readMachine(config, env) };
  } catch (error) {
    if (error instanceof UserError) throw new pulumi.RunError([error.message, error.hint].filter(Boolean).join("\n"));
    throw error;
  }
}
