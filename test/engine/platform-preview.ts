import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";

const cli = new URL("../../local/engine/cli.ts", import.meta.url).pathname;
const CHECKOUT = new URL("../../", import.meta.url).pathname;

const resource = z.object({
  urn: z.string(),
  type: z.string(),
  custom: z.boolean().default(false),
  protect: z.boolean().default(false),
  inputs: z.record(z.string(), z.unknown()).default({}),
  outputs: z.record(z.string(), z.unknown()).default({}),
  parent: z.string().optional(),
  provider: z.string().default(""),
  dependencies: z.array(z.string()).default([]),
  propertyDependencies: z.record(z.string(), z.array(z.string()).nullable()).default({}),
});
const preview = z.object({
  steps: z.array(z.object({ op: z.string(), newState: resource.optional() })),
  diagnostics: z.array(z.object({ message: z.string(), severity: z.string() })).default([]),
  changeSummary: z.record(z.string(), z.number()),
});

export type Planned = z.infer<typeof resource> & { readonly name: string; readonly op: string };
export interface Preview {
  readonly resources: readonly Planned[];
  readonly changes: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
}

export interface PreviewOptions {
  readonly stateDir: string;
  /** Configuration besides the stack's file, by key without the project's prefix. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** The stacks that are previewed as they stand in the checkout. */
export const ENVIRONMENTS = ["dev", "prod"] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/**
 * A first preview of an environment: made once per run of the tests, because each takes seconds of both cores.
 *
 * @param folder shared by all tests of the run
 */
export async function firstPreview(stack: Environment, folder: string): Promise<Preview> {
  const file = join(folder, `${stack}.preview.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8"));
  mkdirSync(folder, { recursive: true });
  const made = await previewStack(stack, { stateDir: join(folder, "state") });
  writeFileSync(file, JSON.stringify(made));
  return made;
}

/** What `npm run pulumi -- preview --stack <stack>` says, the platform's policies with the settings of the environment included. */
export const previewStack = (stack: string, options: PreviewOptions): Promise<Preview> =>
  previewProject(
    { folder: ".", prefix: "orchestration-layer", environment: stack, packs: ["platform"] },
    stack,
    options,
  );

/** A project whose stacks are previewed, and what judges them. */
export interface PreviewedProject {
  /** Folder of Pulumi.yaml, from the checkout's root. */
  readonly folder: string;
  /** Of its configuration keys. */
  readonly prefix: string;
  /** Names the settings of the policy packs. */
  readonly environment: string;
  /** Folders in `policies`. */
  readonly packs: readonly string[];
}

export async function previewProject(
  { folder, prefix, environment, packs }: PreviewedProject,
  stack: string,
  options: PreviewOptions,
): Promise<Preview> {
  const config = Object.entries(options.config ?? {}).flatMap(([key, value]) => [
    "--config",
    `${prefix}:${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  ]);
  const judges = packs.flatMap((pack) => {
    const settings = join(CHECKOUT, "policies", pack, "config", `${environment}.json`);
    const own = existsSync(settings) ? ["--policy-pack-config", settings] : [];
    return ["--policy-pack", join(CHECKOUT, "policies", pack), ...own];
  });
  const args = [
    "preview",
    ...["--cwd", join(CHECKOUT, folder)],
    ...["--stack", stack],
    ...["--state", options.stateDir],
    "--json",
    "--show-sames",
    ...judges,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, [cli, ...args, ...config], {
    cwd: CHECKOUT,
    maxBuffer: 64 * 1024 * 1024,
    env: {
      ...process.env,
      ORCH_PLUGINS: "ours",
      // What is not applied anywhere is taken as this checkout plans it.
      ...(environment === "local" ? {} : { ORCH_PLATFORM: "planned" }),
    },
  });
  const { steps, diagnostics, changeSummary } = preview.parse(JSON.parse(stdout));
  return {
    resources: steps.flatMap(({ op, newState }) =>
      newState === undefined ? [] : [{ ...newState, op, name: newState.urn.split("::").at(-1) ?? "" }],
    ),
    changes: changeSummary,
    warnings: diagnostics.filter(({ severity }) => severity !== "info").map(({ message }) => message),
  };
}

/** How the engine writes a value that is not known yet. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Every text in a value, with the path to it. */
export function* texts(
  value: unknown,
  path: readonly string[] = [],
): Generator<{ path: readonly string[]; text: string }> {
  if (typeof value === "string") yield { path, text: value };
  else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) yield* texts(inner, [...path, key]);
  }
}
