import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { UserError } from "../../submission/spec/user-error.ts";

const NEEDED = ["setpriv", "unshare"] as const;

/** What the environment needs of its host beside the tools: Linux, and two programs every distribution's base has. */
export function requireHost(): void {
  if (process.platform !== "linux") {
    throw new UserError("The embedded environment needs Linux.", {
      hint: "Run it in a Linux machine or WSL 2, or point to a cluster with `--kubeconfig` and `--context`.",
      exitCode: 2,
    });
  }
  const missing = NEEDED.filter((name) => !onPath(name));
  if (missing.length > 0) {
    throw new UserError(`The embedded environment needs ${missing.join(" and ")} on PATH.`, {
      hint: "Install the package util-linux.",
      exitCode: 2,
    });
  }
}

const MIB = 1024 ** 2;

/**
 * MiB that the API server may hold: a fifth of the host's memory, no less than 1 GiB (what it starts with is half of that) and no more
 * than 4 GiB, which a run of thousands of nodes does not reach.
 *
 * @param hostBytes the host's memory
 */
export function apiserverMemoryMib(hostBytes: number): number {
  return Math.min(4096, Math.max(1024, Math.floor(hostBytes / 5 / MIB)));
}

function onPath(name: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
