import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseReleaseGates, type ReleaseGate } from "../../components/security/index.ts";
import { UserError } from "../../submission/spec/user-error.ts";
import { definitionFiles, whyUnavailable } from "./definitions.ts";
import { type PlatformConfig, SYSTEMS, type System } from "./schema.ts";

/** What differs from machine to machine, so that it cannot stand in a stack's configuration; read from the environment. */
export interface Machine {
  /** Path of the kubeconfig of an embedded or existing cluster. */
  readonly kubeconfig: string | undefined;
  /** For each system that is installed as `crds`: paths of its definitions, one JSON file each. */
  readonly crds: Readonly<Partial<Record<System, readonly string[]>>>;
  /** Operators left out because their definitions cannot be had here, and why; their kinds then cannot be created. */
  readonly leftOut: Readonly<Partial<Record<System, string>>>;
  /** Gates that releases of models pass in the cluster; none where `policy.releases` names no file. */
  readonly gates: readonly ReleaseGate[];
}

/** Without these two there is no platform. */
const INDISPENSABLE: readonly System[] = ["argo-workflows", "kueue"];

const VARIABLES = {
  /** Path of a kubeconfig. */
  kubeconfig: "ORCH_KUBECONFIG",
  /** A folder with one sub-folder of definitions per system; `definitionFiles` says which. */
  crds: "ORCH_CRDS",
} as const;

const HINT =
  "`npm run pulumi` sets it for the embedded environment; for a cluster of your own pass --kubeconfig, or set it yourself.";

/**
 * @throws UserError for a variable that the configuration needs and the environment lacks
 */
export function readMachine(config: PlatformConfig, env: NodeJS.ProcessEnv): Machine {
  const kubeconfig = config.cluster.kind === "eks" ? undefined : required(env, VARIABLES.kubeconfig);
  const systems = SYSTEMS.filter((system) => config.systems[system] === "crds");
  const crds: Partial<Record<System, readonly string[]>> = {};
  const leftOut: Partial<Record<System, string>> = {};
  for (const system of systems) {
    const folder = required(env, VARIABLES.crds);
    const reason = INDISPENSABLE.includes(system) ? undefined : whyUnavailable(folder, system);
    if (reason === undefined) crds[system] = definitionFiles(folder, system);
    else leftOut[system] = reason;
  }
  return { kubeconfig, crds, leftOut, gates: readGates(config.policy.releases) };
}

const CHECKOUT = resolve(import.meta.dirname, "../..");

/** @throws UserError with every mistake in the file */
function readGates(file: string | undefined): readonly ReleaseGate[] {
  if (file === undefined) return [];
  const refuse = (problems: readonly string[]) =>
    new UserError(`policy.releases: ${file} cannot be used:\n${problems.map((one) => `  ${one}`).join("\n")}`, {
      hint: "It is the file given to the policy pack `promotion` with --policy-pack-config.",
    });
  try {
    const parsed = parseReleaseGates(JSON.parse(readFileSync(resolve(CHECKOUT, file), "utf8")));
    if ("gates" in parsed) return parsed.gates;
    throw refuse(parsed.problems);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw refuse([error instanceof Error ? error.message : String(error)]);
  }
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (value === undefined || value === "") throw new UserError(`${name} is not set.`, { hint: HINT, exitCode: 2 });
  return value;
}
