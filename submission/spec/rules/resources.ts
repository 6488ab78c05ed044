import { DEFAULTS } from "../defaults.ts";
import type { Findings, Path } from "../findings.ts";
import { show } from "../findings.ts";
import type { LooseResources } from "../loose.ts";
import type { Resources } from "../model.ts";
import { parseQuantity } from "../values/quantity.ts";

const NANO = 1_000_000_000n;
const MILLI = 1_000_000n;
const MEGABYTE = 1_000_000n;

/** Thousandths of a CPU: at least one, at most a million (1000 cores). */
const CPU = { least: 1n * MILLI, most: 1000n * NANO, range: "1m to 1000" };
/** Bytes: below a megabyte no container starts, above 64 Ti no node exists. */
const MEM = { least: MEGABYTE * NANO, most: (64n << 40n) * NANO, range: "1M to 64Ti" };

/** A node's resources and the same as numbers. */
export interface MergedResources {
  readonly resources: Resources;
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  /** Every quantity in it can be used. */
  readonly sound: boolean;
}

/** Merges and checks `resources`, reading every different quantity once. */
export class ResourceRules {
  readonly #default: LooseResources;
  readonly #merged = new Map<string, MergedResources>();
  #inherited: MergedResources | undefined;

  constructor(defaults: LooseResources | undefined) {
    this.#default = defaults ?? {};
  }

  /** The node's own field by field over `resources.default` over the documented default. */
  merge(own: LooseResources | undefined): MergedResources {
    if (own !== undefined) return this.#merge(own);
    this.#inherited ??= this.#merge({});
    return this.#inherited;
  }

  #merge(own: LooseResources): MergedResources {
    const cpu = String(own.cpu ?? this.#default.cpu ?? DEFAULTS.cpu);
    const mem = String(own.mem ?? this.#default.mem ?? DEFAULTS.mem);
    const gpu = own.gpu ?? this.#default.gpu ?? DEFAULTS.gpu;
    const key = `${cpu}/${mem}/${gpu}`;
    let merged = this.#merged.get(key);
    if (merged === undefined) {
      const millis = parseQuantity(cpu)?.nano ?? -1n;
      const bytes = parseQuantity(mem)?.nano ?? -1n;
      merged = {
        resources: { cpu, mem, gpu },
        cpuMillis: Number((millis + MILLI - 1n) / MILLI),
        memoryBytes: Number((bytes + NANO - 1n) / NANO),
        sound: millis >= CPU.least && millis <= CPU.most && bytes >= MEM.least && bytes <= MEM.most,
      };
      this.#merged.set(key, merged);
    }
    return merged;
  }
}

/** Reports the quantities of one `resources` mapping. */
export function reportQuantities(own: LooseResources, path: Path, findings: Findings): void {
  if (own.cpu !== undefined) reportCpu(String(own.cpu), [...path, "cpu"], findings);
  if (own.mem !== undefined) reportMemory(String(own.mem), [...path, "mem"], findings);
}

function reportCpu(text: string, path: Path, findings: Findings): void {
  const quantity = parseQuantity(text);
  if (quantity === undefined) {
    notQuantity("cpu", text, path, "such as 4, 0.5 or 500m", findings);
    return;
  }
  if (outside(quantity.nano, CPU.least, CPU.most)) {
    range(
      "cpu",
      text,
      CPU.range,
      path,
      /[KMGT]i?$/.test(text) ? "Leave the suffix out: cpu counts cores." : undefined,
      findings,
    );
  } else if (quantity.nano % MILLI !== 0n) {
    range(
      "cpu",
      text,
      "thousandths of a core: nothing finer than 1m",
      path,
      "Round it to whole thousandths.",
      findings,
    );
  }
}

function reportMemory(text: string, path: Path, findings: Findings): void {
  const quantity = parseQuantity(text);
  if (quantity === undefined) {
    notQuantity("mem", text, path, "such as 16Gi, 512Mi or 2G", findings);
    return;
  }
  if (outside(quantity.nano, MEM.least, MEM.most)) {
    const meant = /^\d+(?:\.\d+)?$/.test(text)
      ? `A number alone counts bytes: did you mean ${text}Gi?`
      : text.endsWith("m")
        ? `The suffix m means thousandths: did you mean ${text.slice(0, -1)}M or ${text.slice(0, -1)}Mi?`
        : undefined;
    range("mem", text, MEM.range, path, meant, findings);
  } else if (text.endsWith("m") || quantity.nano % NANO !== 0n) {
    findings.add(
      "value/memory-fraction",
      path,
      `mem is ${show(text)}: that is in thousandths of a byte; Kubernetes rounds it up.`,
      {
        severity: "warning",
        suggestion: "Use Mi, Gi, M or G.",
      },
    );
  }
}

function outside(value: bigint, least: bigint, most: bigint): boolean {
  return value < least || value > most;
}

function range(
  name: string,
  text: string,
  allowed: string,
  path: Path,
  suggestion: string | undefined,
  findings: Findings,
): void {
  findings.add("value/quantity-range", path, `${name} is ${show(text)}; allowed is ${allowed}.`, {
    suggestion: suggestion ?? `Choose a value in ${allowed}.`,
  });
}

const SUFFIXES = "Ki, Mi, Gi, Ti, Pi, Ei, m, k, M, G, T, P, E or none";

function notQuantity(name: string, text: string, path: Path, examples: string, findings: Findings): void {
  const guess = guessQuantity(text, name);
  findings.add("value/quantity", path, `${name} is ${show(text)}, which is no Kubernetes quantity ${examples}.`, {
    suggestion: guess === undefined ? `Write a number and one of the suffixes ${SUFFIXES}.` : `Did you mean ${guess}?`,
  });
}

/** `16GB`, `16 gb`, `4 cores`, `2K`: what was probably meant. */
function guessQuantity(text: string, name: string): string | undefined {
  const match = /^\s*\+?(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*$/.exec(text);
  if (match === null) return undefined;
  const [, number = "", word = ""] = match;
  if (name === "cpu") return /^(?:c|cores?|cpus?|v?cpus?)$/i.test(word) ? number : undefined;
  const unit = /^([kmgtpe])(i?)(?:b|bytes?)?$/i.exec(word);
  if (unit === null) return undefined;
  const binary = unit[2] !== "";
  const letter = (unit[1] ?? "").toUpperCase();
  return `${number}${letter === "K" && !binary ? "k" : letter}${binary ? "i" : ""}`;
}
