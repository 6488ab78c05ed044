import { UserError } from "../../submission/spec/user-error.ts";

/** Lines of the compiler or the network that are shown. */
const SHOWN_LINES = 12;

interface Cause {
  readonly sign: RegExp;
  readonly reason: string;
  readonly hint: string;
}

/** Known reasons, the most telling first: a full disk shows up as a compile error too. */
const causes: readonly Cause[] = [
  {
    sign: /no space left on device|disk quota exceeded/i,
    reason: "the disk is full",
    hint: "Make room for Go's build cache (`go env GOCACHE`) and modules (`go env GOMODCACHE`), or move them with the variables of those names. A next start goes on where this one stopped.",
  },
  {
    sign: /checksum mismatch|SECURITY ERROR/,
    reason: "a download is not what go.sum pins",
    hint: "Do not go on with it: a proxy on the way serves other sources. Try another network or another GOPROXY; `go clean -modcache` drops what was downloaded.",
  },
  {
    sign: /requires go >=|toolchain not available|invalid go version|download go1\.\d+.*: /,
    reason: "Go is too old and cannot fetch a newer one",
    hint: "Install the Go version named above, or allow Go to fetch it: GOTOOLCHAIN=auto.",
  },
  {
    sign: /dial tcp|no such host|i\/o timeout|TLS handshake|proxyconnect|connection refused|connection reset|network is unreachable|x509:|unexpected EOF|4\d\d [A-Z]|5\d\d [A-Z]|not available/,
    reason: "a Go module could not be downloaded",
    hint: "The Go module proxy must be reachable (`go env GOPROXY`); behind a company proxy set HTTPS_PROXY or your own GOPROXY. What is already downloaded is kept.",
  },
  {
    sign: /signal: killed|cannot allocate memory|out of memory/,
    reason: "the compiler ran out of memory",
    hint: "The largest of these builds needs about 3 GiB of free memory. Close other programs, or set GOMAXPROCS=1, and start again.",
  },
];

const noise = /^go: (downloading|extracting|finding) |^#\s*$|^\s*$/;

/**
 * What a failed Go command means for the reader.
 * @param action what was tried, as `Building etcd 3.6.7`
 * @param lines stderr of the command
 * @param packages import paths that `-v` prints, which are progress and not a reason
 */
export function goFailure(
  action: string,
  lines: readonly string[],
  packages: ReadonlySet<string> = new Set(),
): UserError {
  const telling = lines.filter((line) => !noise.test(line) && !packages.has(line));
  const text = telling.join("\n");
  const cause = causes.find(({ sign }) => sign.test(text));
  const shown = telling.slice(-SHOWN_LINES).map((line) => `  ${line}`);
  return new UserError([`${action} failed: ${cause?.reason ?? "Go reports an error"}.`, ...shown].join("\n"), {
    hint:
      cause?.hint ??
      "If the sources of the module cache are damaged, `go clean -modcache` drops them. Upstream's own binaries of a matching version on PATH are used instead of a build.",
    exitCode: 2,
  });
}
