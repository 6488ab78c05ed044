import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";

export const CHECKOUT = resolve(import.meta.dirname, "../../..");
export const BIN = resolve(CHECKOUT, "submission/cli/orch.js");
export const SAMPLE = resolve(CHECKOUT, "submission/samples/bt_xs_bilstm_v1.yaml");
export const PARAMS = resolve(CHECKOUT, "submission/samples/runtime_params.json");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface OrchOptions {
  /** Written to standard input, which is then closed; a producer that is cut off is fine. */
  readonly stdin?: string | Iterable<Buffer>;
  /** Besides this process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly node?: string;
}

/** Runs the real bin as a process of its own, as a shell would. */
export function orch(args: readonly string[], options: OrchOptions = {}): Promise<Ended> {
  return new Promise((resolved, reject) => {
    // One argument vector, no shell; a state folder that never exists unless a test names one.
    const env = { ...process.env, ORCH_STATE: undefined, NO_COLOR: undefined, FORCE_COLOR: undefined, ...options.env };
    const child = spawn(options.node ?? process.execPath, [BIN, ...args], { env, stdio: ["pipe", "pipe", "pipe"] });
    const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    child.stdout.on("data", (chunk: Buffer) => chunks.stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.stderr.push(chunk));
    child.on("error", reject);
    child.on("close", (code) =>
      resolved({
        code,
        stdout: Buffer.concat(chunks.stdout).toString(),
        stderr: Buffer.concat(chunks.stderr).toString(),
      }),
    );
    child.stdin.on("error", () => {});
    void feed(child.stdin, options.stdin);
  });
}

async function feed(stdin: Writable, input: OrchOptions["stdin"]): Promise<void> {
  // A reader that leaves early is what some tests are about.
  await pipeline(Readable.from(input ?? []), stdin).catch(() => {});
}

export const NO_ENVIRONMENT = "/nonexistent/orch-state";
