import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../submission/spec/user-error.ts";

export interface Change {
  /** The commit that the change is compared with, in full. */
  readonly base: string;
  /** As the reader named it, e.g. `main`. */
  readonly against: string;
  /** Files that differ from it, from the checkout's root, sorted; what is not committed counts, deleted files too. */
  readonly paths: readonly string[];
}

/** Where a pull request goes, in the order in which they are looked for. */
const MAIN = ["origin/main", "main"];

/**
 * What differs between a checkout and where it branched off.
 *
 * @param ref default: the main branch
 * @throws UserError when there is no such commit, or nothing that both come from
 */
export function findChange(root: string, ref: string | undefined): Change {
  const against = ref ?? MAIN.find((name) => exists(root, name));
  if (against === undefined)
    throw new UserError("There is no branch main to compare with.", { hint: "Name another: --base REF.", exitCode: 2 });
  if (!exists(root, against))
    throw new UserError(`There is no commit ${against} in this checkout.`, { hint: FETCH, exitCode: 2 });
  const base = tryGit(root, "merge-base", against, "HEAD")?.trim();
  if (base === undefined)
    throw new UserError(`${against} and this checkout have no commit in common.`, { hint: FETCH, exitCode: 2 });
  const differing = git(root, "diff", "--name-only", "--no-renames", "-z", base);
  const untracked = git(root, "ls-files", "--others", "--exclude-standard", "-z");
  const paths = [...new Set([...differing.split("\0"), ...untracked.split("\0")])].filter((path) => path !== "").sort();
  return { base, against, paths };
}

const FETCH =
  "In CI fetch the whole history (actions/checkout: `fetch-depth: 0`), or name a commit that is there: --base REF.";

/** Every file of the checkout that git does not ignore. */
export const filesOf = (root: string): string[] =>
  git(root, "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    .split("\0")
    // The index still has what was deleted a moment ago.
    .filter((path) => path !== "" && existsSync(join(root, path)))
    .sort();

/** The lines that a change wrote in a file, as it stands now: `11,15-17`; none where it only took some away, or the file is new. */
export function changedLines(root: string, base: string, path: string): string | undefined {
  const hunks = git(root, "diff", "--unified=0", "--no-color", "--no-ext-diff", base, "--", path);
  const lines = [...hunks.matchAll(/^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@/gm)].flatMap(
    ([, first = "0", size = "1"]) => {
      const [begin, length] = [Number(first), Number(size)];
      return length === 0 ? [] : length === 1 ? [first] : [`${begin}-${begin + length - 1}`];
    },
  );
  const isNew = /^new file mode/m.test(hunks);
  return lines.length === 0 || isNew ? undefined : lines.slice(0, LISTED_HUNKS).join(",");
}

/** More of them help nobody to find the one. */
const LISTED_HUNKS = 6;

const exists = (root: string, ref: string): boolean =>
  tryGit(root, "rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`) !== undefined;

function tryGit(root: string, ...args: string[]): string | undefined {
  try {
    return git(root, ...args);
  } catch {
    return undefined;
  }
}

/** Quiet: what git has to say of a mistake is in the error, whose reader gets a better one. */
export function git(root: string, ...args: string[]): string {
  return execFileSync("git", args, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
    stdio: ["ignore", "pipe", "pipe"],
  });
}
