const GRAMMAR = /^(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?$/;

/** Seconds of `2h`, `90m`, `1h30m`, `45s`; undefined when the text is no duration. */
export function parseDuration(text: string): number | undefined {
  const match = text === "" ? null : GRAMMAR.exec(text);
  if (match === null) return undefined;
  const [, hours = "0", minutes = "0", seconds = "0"] = match;
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

/** 5400 -> `1h30m`. */
export function formatDuration(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = seconds % 60;
  return `${hours > 0 ? `${hours}h` : ""}${minutes > 0 ? `${minutes}m` : ""}${rest > 0 ? `${rest}s` : ""}` || "0s";
}

const LOOSE = /^\s*(\d+(?:\.\d+)?)\s*(d|days?|h|hours?|hrs?|m|mins?|minutes?|s|secs?|seconds?|)\s*$/i;
const SECONDS: Readonly<Record<string, number>> = { d: 86_400, h: 3600, m: 60, s: 1, "": 1 };

/** What the author probably meant by `1.5h`, `2 hours`, `1d` or a bare number of seconds. */
export function guessDuration(text: string): string | undefined {
  const match = LOOSE.exec(text);
  if (match === null) return undefined;
  const unit = SECONDS[(match[2] ?? "").charAt(0).toLowerCase()] ?? 1;
  const seconds = Math.round(Number(match[1]) * unit);
  return seconds > 0 && Number.isSafeInteger(seconds) ? formatDuration(seconds) : undefined;
}
