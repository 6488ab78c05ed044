import { accessSync, constants } from "node:fs";
import { totalmem } from "node:os";
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

/** Bytes of memory: the host's, or less where a container is allowed less. */
export function hostMemory(): number {
  // Without a limit it says 0, or more than there is.
  const allowed = process.constrainedMemory();
  return allowed > 0 ? Math.min(allowed, totalmem()) : totalmem();
}

/** MiB that a Go process may hold before it collects garbage at any price. */
export interface MemoryShares {
  readonly apiserverMib: number;
  /** Each of the others: etcd and the controllers. */
  readonly otherMib: number;
}

/**
 * A fifth of the host's memory for the API server, a twentieth for each of the six others, of whom three ever come near it. No less than
 * they need, and no more than a run of thousands of nodes fills: 1 to 4 GiB, and a quarter of that.
 *
 * @param hostBytes the host's memory
 */
export function memoryShares(hostBytes: number): MemoryShares {
  const apiserverMib = Math.min(4096, Math.max(1024, Math.floor(hostBytes / 5 / MIB)));
  return { apiserverMib, otherMib: Math.floor(apiserverMib / 4) };
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
