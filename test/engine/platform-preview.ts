import { execFile } from "node:child_process";
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
  parent: z.string().optional(),
  provider: z.string().default(""),
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

/** What `npm run pulumi -- preview --stack <stack>` says, policies included. */
export async function previewStack(stack: string, options: PreviewOptions): Promise<Preview> {
  const config = Object.entries(options.config ?? {}).flatMap(([key, value]) => [
    "--config",
    `orchestration-layer:${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  ]);
  const args = [
    "preview",
    "--stack",
    stack,
    "--state",
    options.stateDir,
    "--json",
    "--show-sames",
    "--policy-pack",
    "policies/platform",
  ];
  const { stdout } = await promisify(execFile)(process.execPath, [cli, ...args, ...config], {
    cwd: CHECKOUT,
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, ORCH_PLUGINS: "ours" },
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
