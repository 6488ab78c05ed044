/**
 * Kubernetes' resource.Quantity: `<signed number><suffix>`, suffix one of Ki Mi Gi Ti Pi Ei, n u m k M G T P E, or a decimal
 * exponent (`1e3`, `1E-3`). Held exactly, in billionths, because Kubernetes rounds anything finer up to that.
 */
export interface Quantity {
  readonly nano: bigint;
}

const GRAMMAR = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d{1,3})?$/;
const BINARY: Readonly<Record<string, bigint>> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n };
const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const NANO = 1_000_000_000n;

/** Quantities that were read lately: a profile's are asked for with every submission. */
const recent = new Map<string, Quantity>();
const MOST_RECENT = 1_000;

/** Undefined when the text is no quantity. */
export function parseQuantity(text: string): Quantity | undefined {
  const known = recent.get(text);
  if (known !== undefined) return known;
  const parsed = parse(text);
  if (recent.size >= MOST_RECENT) recent.clear();
  if (parsed !== undefined) recent.set(text, parsed);
  return parsed;
}

function parse(text: string): Quantity | undefined {
  const match = GRAMMAR.exec(text);
  if (match === null) return undefined;
  const [, sign, number = "", suffix = ""] = match;
  const [whole = "", fraction = ""] = number.split(".");
  let digits = BigInt(`${whole}${fraction}` || "0");
  let divisor = 10n ** BigInt(fraction.length);
  const binary = BINARY[suffix];
  if (binary !== undefined) digits <<= binary;
  else {
    const exponent = DECIMAL[suffix] ?? (suffix === "" ? 0 : Number(suffix.slice(1)));
    if (exponent >= 0) digits *= 10n ** BigInt(exponent);
    else divisor *= 10n ** BigInt(-exponent);
  }
  const scaled = digits * NANO;
  // Rounded up, away from zero, as Kubernetes does.
  const nano = (scaled + divisor - 1n) / divisor;
  return { nano: sign === "-" ? -nano : nano };
}

/** Thousandths of a CPU, rounded up; for text that `check` has accepted. */
export function cpuMillis(text: string): number {
  return Number(((parseQuantity(text)?.nano ?? 0n) + 999_999n) / 1_000_000n);
}

/** Bytes, rounded up; for text that `check` has accepted. */
export function memoryBytes(text: string): number {
  return Number(((parseQuantity(text)?.nano ?? 0n) + NANO - 1n) / NANO);
}

/** Bytes in the largest binary unit, rounded down to two decimals so that the text never promises more: `1.5Gi`. */
export function formatBytes(bytes: number): string {
  const units = ["", "Ki", "Mi", "Gi", "Ti", "Pi"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${Math.floor(value * 100) / 100}${units[unit]}`;
}

/** Thousandths of a CPU as Kubernetes writes them: `4`, `500m`. */
export function formatMillis(millis: number): string {
  return millis % 1000 === 0 ? String(millis / 1000) : `${millis}m`;
}
