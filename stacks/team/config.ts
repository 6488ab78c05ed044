import { parseConfiguration } from "../configuration.ts";
import type { PlatformContract } from "../platform-contract.ts";
import { type Sibling, teamFindings } from "./consistency.ts";
import type { TeamFile } from "./files.ts";
import { PROJECT } from "./project.ts";
import { EXAMPLES, SHAPE, type TeamConfig } from "./schema.ts";

export interface TeamSources {
  /** Name of the stack. */
  readonly stack: string;
  /** Its configuration, by key without the project's prefix. */
  readonly raw: Readonly<Record<string, unknown>>;
  /** Files of the environment's other teams. */
  readonly others: readonly TeamFile[];
  /** Undefined: the platform could not be read. */
  readonly platform: PlatformContract | undefined;
  /** `YYYY-MM-DD`, in UTC. */
  readonly today: string;
}

/**
 * Raw configuration -> typed configuration, in view of the platform and of the other teams.
 *
 * @throws UserError that names every mistake at once: the key, what is allowed, an example
 */
export function parseTeam({ stack, raw, others, platform, today }: TeamSources): TeamConfig {
  const siblings = others.filter((file) => file.stack !== stack).map(sibling);
  return parseConfiguration(
    {
      project: PROJECT,
      shape: SHAPE,
      examples: EXAMPLES,
      consistency: (config) => [
        ...siblings
          .filter(({ name, quota }) => name === undefined || quota === undefined)
          .map(({ stack }) => ({
            path: ["quota"],
            message: `cannot be held against the other teams': ${stack}'s file, Pulumi.${stack}.yaml, has no right name or quota`,
          })),
        ...teamFindings(config, { siblings, platform, today }),
      ],
    },
    raw,
  );
}

function sibling({ stack, raw }: TeamFile): Sibling {
  return {
    stack,
    name: SHAPE.name.safeParse(raw.name).data,
    quota: SHAPE.quota.safeParse(raw.quota).data,
  };
}
