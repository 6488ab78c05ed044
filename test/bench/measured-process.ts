import { spawnSync } from "node:child_process";
import { closeSync, openSync, statSync } from "node:fs";

export interface Measured {
  /** From start to exit, milliseconds. */
  readonly millis: number;
  readonly stderr: string;
}

/** Runs a process to its end with its standard output in a file (default: nowhere). Throws when it fails. */
export function measure(
  command: string,
  args: readonly string[],
  output = "/dev/null",
  env?: Readonly<Record<string, string>>,
): Measured {
  const out = openSync(output, "w");
  try {
    const start = performance.now();
    const { status, stderr, error } = spawnSync(command, args, {
      stdio: ["ignore", out, "pipe"],
      encoding: "utf8",
      env: { ...process.env, ...env },
    });
    const millis = performance.now() - start;
    if (error !== undefined) throw error;
    if (status !== 0) throw new Error(`${command} ${args.join(" ")} exited with ${status}: ${stderr}`);
    return { millis, stderr };
  } finally {
    closeSync(out);
  }
}

/** Peak of resident memory in MiB, asked of the process itself as it exits. */
export function peakMemory(args: readonly string[]): number {
  const hook =
    "data:text/javascript,process.on('exit',()=>process.stderr.write('peak='+process.resourceUsage().maxRSS))";
  const { stderr } = measure(process.execPath, ["--import", hook, ...args]);
  return Number(/peak=(\d+)/.exec(stderr)?.[1] ?? Number.NaN) / 1024;
}

export const sizeOf = (path: string): number => statSync(path).size;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Each subject once per round, in turn, so that what disturbs the machine disturbs all alike. The first round warms caches and is not counted. */
export function interleaved<Name extends string>(
  subjects: Readonly<Record<Name, () => number>>,
  rounds: number,
): Record<Name, readonly number[]> {
  const names = Object.keys(subjects) as Name[];
  const taken = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const value = subjects[name]();
      if (round > 0) taken[name].push(value);
    }
  }
  return taken;
}
