import { execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { git } from "./changed-paths.ts";

/** The checkout as it was at a commit, in a folder of its own; `node_modules` is the checkout's. */
export interface BaseCheckout extends Disposable {
  readonly root: string;
}

export function checkOut(root: string, commit: string): BaseCheckout {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "orch-base-")));
  const archive = join(folder, "base.tar");
  const base = join(folder, "checkout");
  try {
    // Not a work tree of git's, of which something would be left where this process is killed.
    git(root, "archive", "--format=tar", `--prefix=checkout/`, "--output", archive, commit);
    execFileSync("tar", ["-xf", archive, "-C", folder], { stdio: ["ignore", "ignore", "pipe"] });
    rmSync(archive);
    symlinkSync(realpathSync(join(root, "node_modules")), join(base, "node_modules"));
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return { root: base, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}
