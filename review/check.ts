import { spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";

/** One of the checkout's own checks, as `npm run` knows it. */
export interface Check {
  readonly title: string;
  /** Arguments of `npm`. */
  readonly args: readonly string[];
}

export interface CheckResult {
  readonly title: string;
  readonly passed: boolean;
  /** As somebody would repeat it. */
  readonly command: string;
  /** Its last lines, where it failed. */
  readonly output: string;
}

/** What `npm run check` does, one by one, so that a failure of the first does not hide the others. */
const STATIC: readonly Check[] = [
  { title: "Type check", args: ["run", "typecheck"] },
  { title: "Lint", args: ["run", "lint"] },
  { title: "Import directions", args: ["run", "imports"] },
];

export const TESTS = ["unit", "all", "none"] as const;
export type Tests = (typeof TESTS)[number];

export function planChecks(options: { readonly checks: boolean; readonly tests: Tests }): Check[] {
  const tests: Record<Tests, Check[]> = {
    unit: [{ title: "Unit tests", args: ["run", "test:unit"] }],
    all: [{ title: "Tests", args: ["test"] }],
    none: [],
  };
  return [...(options.checks ? STATIC : []), ...tests[options.tests]];
}

/** Lines of a failed check that are kept: its last ones have the verdict. */
const KEPT_LINES = 40;

export function runCheck(check: Check, cwd: string, signal: AbortSignal): Promise<CheckResult> {
  const { title, args } = check;
  return new Promise((resolve, reject) => {
    const child = spawn("npm", args, {
      cwd,
      signal,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1" },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        output = `${output}${chunk.toString()}`.slice(-200_000);
      });
    child.on("error", reject);
    child.on("close", (code) => {
      const passed = code === 0;
      const lines = stripVTControlCharacters(output).trimEnd().split("\n").slice(-KEPT_LINES);
      resolve({ title, passed, command: `npm ${args.join(" ")}`, output: passed ? "" : lines.join("\n") });
    });
  });
}
