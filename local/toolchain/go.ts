import { compare } from "semver";
import { z } from "zod";
import { UserError } from "../../submission/spec/user-error.ts";
import { runCommand } from "./go-command.ts";
import { MINIMUM_GO } from "./modules.ts";

/** The first Go that fetches a newer Go by itself when a module asks for it. */
const SELF_UPGRADING_GO = "1.21.0";

/** Go on this machine, checked. */
export interface Go {
  readonly version: string;
  /** Folder of Go's build cache; the disk that fills up. */
  readonly buildCache: string;
  readonly env: NodeJS.ProcessEnv;
}

const goSettings = z.object({ GOVERSION: z.string(), GOTOOLCHAIN: z.string(), GOCACHE: z.string() });

/**
 * The environment of every Go command: module mode, this machine's own platform, and nothing of the user's that changes what is
 * built. Their proxy, checksum database and toolchain settings stay.
 */
export function goEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { GOOS: _os, GOARCH: _arch, ...kept } = env;
  return {
    ...kept,
    GO111MODULE: "on",
    GOWORK: "off",
    // Not empty: an empty variable lets a setting of `go env -w` through.
    GOFLAGS: "-mod=readonly",
    // No C compiler needed, and programs that run in a mount namespace of their own.
    CGO_ENABLED: "0",
  };
}

/**
 * Looks for Go and checks its version.
 * @param needed what has to be built, for the message: `etcd 3.6.7`
 * @param options `minimum`: the oldest Go that builds it. Default: `MINIMUM_GO`
 * @throws UserError when Go is missing or too old
 */
export async function findGo(
  needed: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; signal: AbortSignal; minimum?: string },
): Promise<Go> {
  const env = goEnvironment(options.env);
  const minimum = options.minimum ?? MINIMUM_GO;
  const settings = await askSettings(needed, { ...options, env, minimum });
  const version = settings.GOVERSION.replace(/^go/, "");
  const comparable = /^\d+\.\d+(\.\d+)?/.exec(version)?.[0] ?? "0.0";
  const atLeast = (least: string) =>
    compare(comparable.split(".").length === 2 ? `${comparable}.0` : comparable, least) >= 0;
  const upgrades = atLeast(SELF_UPGRADING_GO) && settings.GOTOOLCHAIN !== "local";
  if (!atLeast(minimum) && !upgrades) {
    throw new UserError(
      `Go ${version} is too old to build ${spokenList(needed)}: Go ${spokenVersion(minimum)} or later is needed.`,
      {
        hint: installGo(minimum),
        exitCode: 2,
      },
    );
  }
  return { version, buildCache: settings.GOCACHE, env };
}

async function askSettings(
  needed: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; signal: AbortSignal; minimum: string },
): Promise<z.infer<typeof goSettings>> {
  try {
    const { stdout } = await runCommand("go", ["env", "-json", "GOVERSION", "GOTOOLCHAIN", "GOCACHE"], options);
    return goSettings.parse(JSON.parse(stdout));
  } catch (cause) {
    options.signal.throwIfAborted();
    const missing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    throw new UserError(
      missing
        ? `Go is not on PATH, and it is needed to build ${spokenList(needed)}.`
        : `The Go on PATH does not answer \`go env\`, and it is needed to build ${spokenList(needed)}.`,
      { hint: installGo(options.minimum), exitCode: 2, cause },
    );
  }
}

const spokenVersion = (version: string): string => version.replace(/\.0$/, "");

const installGo = (minimum: string): string =>
  `Install Go ${spokenVersion(minimum)} or later from your package manager or from the Go project's download page, and put its \`bin\` folder on PATH. ` +
  "Or put upstream's own binaries of these tools on PATH; those with a matching version are used instead.";

export function spokenList(items: readonly string[]): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}
