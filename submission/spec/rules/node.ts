import { DEFAULTS } from "../defaults.ts";
import { type Findings, oneOf, type Path, show } from "../findings.ts";
import { BOUNDS } from "../limits.ts";
import type { LooseNode, LooseRetry } from "../loose.ts";
import type { DagNode, Resources, Retry } from "../model.ts";
import { didYouMean } from "../suggest.ts";
import { formatDuration, guessDuration, parseDuration } from "../values/duration.ts";
import { C_IDENTIFIER, MIG_SLICE, NODE_ID, PORT_NAME, RESERVED_ENV_PREFIXES } from "../values/names.ts";
import type { DagContext } from "./context.ts";
import { growsOf, kindOf, workersOf } from "./kinds.ts";
import { reportQuantities } from "./resources.ts";

/** What every kind has in common, normalised. */
export type CommonNode = Omit<DagNode, "kind" | "image" | "params">;

const NOTHING: readonly never[] = Object.freeze([]);
const NO_ENV: Readonly<Record<string, string>> = Object.freeze({});

/** Checks one node and normalises it; what could not be read is replaced by a default, and reported. */
export function checkNode(node: LooseNode, path: Path, context: DagContext): DagNode | undefined {
  const { findings } = context;
  if (node.id !== undefined && !NODE_ID.test(node.id)) reportNodeId(node.id, path, findings);
  if (node.env !== undefined) reportEnv(node.env, path, findings);
  if (node.ins !== undefined && node.ins.length > 0) reportPorts(node.ins, path, "ins", findings);
  if (node.outs !== undefined && node.outs.length > 0) reportPorts(node.outs, path, "outs", findings);
  if (node.resources !== undefined) reportQuantities(node.resources, [...path, "resources"], findings);
  if (node.secrets !== undefined) reportSecrets(node.secrets, [...path, "secrets"], context);
  if (node.image !== undefined && !context.images.accepts(node.image)) {
    context.images.report(node.image, [...path, "image"], findings);
  }
  const qos = node.qos ?? context.qos;
  const resources = checkResources(node, qos, path, context);
  if (node.locality !== undefined) reportLocality(node, resources, qos, path, context);
  reportSize(node, path, findings);
  const common: CommonNode = {
    id: node.id ?? "",
    env: node.env ?? NO_ENV,
    resources,
    ins: node.ins ?? NOTHING,
    outs: node.outs ?? NOTHING,
    command: node.command,
    args: node.args ?? NOTHING,
    timeoutSeconds: checkTimeout(node.timeout, path, context),
    retry:
      node.retry === undefined ? context.retry : mergeRetry(node.retry, context.retry, [...path, "retry"], context),
    qos,
    secrets: node.secrets ?? NOTHING,
    locality: node.locality,
    gpuSlice: node.gpu_slice,
  };
  return kindOf(node, common, path, context);
}

function reportNodeId(id: string, path: Path, findings: Findings): void {
  const guess = identifier(id);
  findings.add(
    "value/node-id",
    [...path, "id"],
    `${show(id)} is no node id; allowed are a-z, 0-9 and _, beginning with a letter and not ending with _, at most ${BOUNDS.name}.`,
    { suggestion: NODE_ID.test(guess) ? `Did you mean ${guess}?` : undefined },
  );
}

function identifier(text: string): string {
  return text
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "")
    .slice(0, BOUNDS.name);
}

function reportPorts(names: readonly string[], node: Path, field: "ins" | "outs", findings: Findings): void {
  for (let i = 0; i < names.length; i++) {
    const name = names[i] ?? "";
    if (!PORT_NAME.test(name)) {
      const guess = identifier(name);
      findings.add(
        "value/port-name",
        [...node, field, i],
        `${show(name)} cannot name an input or output; allowed are a-z, 0-9 and _, beginning with a letter and not ending with _, at most ${BOUNDS.name}.`,
        { suggestion: PORT_NAME.test(guess) ? `Did you mean ${guess}?` : undefined },
      );
    }
  }
  if (hasDuplicates(names)) reportDuplicates(names, [...node, field], findings);
}

function hasDuplicates(names: readonly string[]): boolean {
  if (names.length > 3) return new Set(names).size < names.length;
  // Two or three names, as most nodes have, are compared faster than remembered.
  for (let i = 1; i < names.length; i++) if (names.indexOf(names[i] as string) < i) return true;
  return false;
}

export function reportDuplicates(names: readonly string[], path: Path, findings: Findings): void {
  const seen = new Set<string>();
  names.forEach((name, i) => {
    if (seen.has(name)) {
      findings.add("schema/duplicate-item", [...path, i], `${show(name)} is named twice.`, {
        suggestion: "Name it once.",
      });
    }
    seen.add(name);
  });
}

function reportEnv(env: Readonly<Record<string, string>>, node: Path, findings: Findings): void {
  const names = Object.keys(env);
  if (names.length > BOUNDS.env) {
    findings.add(
      "schema/too-many",
      [...node, "env"],
      `env has ${names.length} entries; it must have at most ${BOUNDS.env}.`,
      {
        suggestion: "Move configuration into a file.",
      },
    );
  }
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    if (name.length > 256 || !C_IDENTIFIER.test(name)) {
      const guess = name.replace(/[^A-Za-z0-9_]/g, "_").replace(/^(\d)/, "_$1");
      findings.add(
        "value/env-name",
        [...node, "env", name],
        `${show(name)} cannot name an environment variable; allowed are letters, digits and _, not beginning with a digit.`,
        {
          atKey: true,
          suggestion: name.length <= 256 && C_IDENTIFIER.test(guess) ? `Did you mean ${guess}?` : undefined,
        },
      );
      continue;
    }
    const reserved = reservedPrefix(name);
    if (reserved !== undefined) {
      findings.add(
        "value/env-reserved",
        [...node, "env", name],
        `${name} is reserved: names beginning with ${reserved} are set by the platform.`,
        {
          atKey: true,
          suggestion: `Choose another name, such as ${name.slice(reserved.length) || "NAME"}.`,
        },
      );
    }
  }
}

function reservedPrefix(name: string): string | undefined {
  for (let i = 0; i < RESERVED_ENV_PREFIXES.length; i++) {
    const prefix = RESERVED_ENV_PREFIXES[i] as string;
    if (name.startsWith(prefix)) return prefix;
  }
  return undefined;
}

function reportSecrets(secrets: readonly string[], path: Path, context: DagContext): void {
  reportDuplicates(secrets, path, context.findings);
  const known = context.team === undefined ? undefined : Object.keys(context.team.secretScopes);
  secrets.forEach((scope, i) => {
    if (known !== undefined && !known.includes(scope)) {
      context.findings.add(
        "platform/unknown-scope",
        [...path, i],
        `The team has no secrets scope ${show(scope)}; it has ${oneOf(known)}.`,
        {
          suggestion: didYouMean(scope, known),
        },
      );
    } else if (context.grantedScopes !== undefined && !context.grantedScopes.has(scope)) {
      context.findings.add(
        "platform/scope-not-granted",
        [...path, i],
        `The submission's secrets_scope does not hold ${show(scope)}.`,
        {
          suggestion: `Add ${scope} to secrets_scope of the runtime parameters.`,
        },
      );
    }
  });
}

function checkResources(node: LooseNode, qos: DagNode["qos"], path: Path, context: DagContext): Resources {
  const merged = context.resources.merge(node.resources);
  const { resources } = merged;
  if (node.gpu_slice !== undefined) {
    const slicePath = [...path, "gpu_slice"];
    if (!MIG_SLICE.test(node.gpu_slice)) {
      context.findings.add(
        "node/gpu-slice",
        slicePath,
        `${show(node.gpu_slice)} is no GPU slice; slices are written like 1g.10gb.`,
        {
          suggestion: "Write it as NVIDIA does, e.g. 1g.10gb, or remove it for whole GPUs.",
        },
      );
      return resources;
    }
    if (resources.gpu === 0) {
      context.findings.add("node/gpu-slice", slicePath, "gpu_slice is given, but the node asks for no GPU.", {
        suggestion: "Set resources.gpu to the number of slices.",
      });
      return resources;
    }
    if (resources.gpu > 1) {
      context.findings.add(
        "node/gpu-slice",
        slicePath,
        `The node asks for ${resources.gpu} slices, but a process sees one: CUDA does not put slices together.`,
        { severity: "warning", suggestion: "Ask for one slice, a larger one, or whole GPUs (remove gpu_slice)." },
      );
    }
  }
  if (merged.sound) {
    const { cpuMillis, memoryBytes } = merged;
    const run = { kind: node.kind, workers: workersOf(node), grows: growsOf(node) };
    const demand = { cpuMillis, memoryBytes, gpu: resources.gpu, gpuSlice: node.gpu_slice, qos, run };
    context.fit.report(demand, path, node.resources !== undefined, context.findings);
  }
  return resources;
}

function reportLocality(
  node: LooseNode,
  resources: Resources,
  qos: DagNode["qos"],
  path: Path,
  context: DagContext,
): void {
  const locality = node.locality ?? "";
  const { datasetZones } = context.profile.storage;
  const zone = Object.hasOwn(datasetZones, locality) ? datasetZones[locality] : locality;
  const known = [...Object.keys(datasetZones), ...context.zones];
  const at = [...path, "locality"];
  if (zone === undefined || (!context.zones.has(zone) && !Object.hasOwn(datasetZones, locality))) {
    context.findings.add(
      "fit/locality",
      at,
      `${show(locality)} is neither a dataset nor a zone; there are ${oneOf(known)}.`,
      {
        suggestion: didYouMean(locality, known),
      },
    );
    return;
  }
  const merged = context.resources.merge(node.resources);
  const pools = context.fit.pools({ ...merged, gpu: resources.gpu, gpuSlice: node.gpu_slice, qos });
  if (pools.length > 0 && !pools.some((pool) => pool.zones.includes(zone))) {
    context.findings.add("fit/locality", at, `No pool that can hold this node has nodes in zone ${zone}.`, {
      suggestion: `Use a zone of ${oneOf(pools.map((pool) => pool.name))}: ${oneOf([...new Set(pools.flatMap((pool) => pool.zones))])}.`,
    });
  }
}

/** A node's timeout; the DAG's whole runtime where it has none. */
function checkTimeout(text: string | undefined, node: Path, context: DagContext): number {
  if (text === undefined) return context.maxRuntimeSeconds;
  const seconds = checkDuration(
    text,
    [...node, "timeout"],
    "timeout",
    context.maxRuntimeSeconds,
    "max_runtime",
    context.findings,
  );
  return seconds ?? context.maxRuntimeSeconds;
}

/** Seconds, or undefined with a finding. */
export function checkDuration(
  text: string,
  path: Path,
  name: string,
  most: number,
  boundName: string,
  findings: Findings,
): number | undefined {
  const seconds = parseDuration(text);
  if (seconds === undefined) {
    const guess = guessDuration(text);
    findings.add("value/duration", path, `${name} is ${show(text)}, which is no duration such as 2h, 90m or 1h30m.`, {
      suggestion:
        guess === undefined ? "Write whole hours, minutes and seconds, e.g. 1h30m." : `Did you mean ${guess}?`,
    });
    return undefined;
  }
  if (seconds < 1 || seconds > most) {
    findings.add(
      "value/duration",
      path,
      `${name} is ${show(text)}; it must be at least 1s and at most ${boundName} (${formatDuration(most)}).`,
      {
        suggestion: seconds < 1 ? "Use a longer one." : `Use at most ${formatDuration(most)}.`,
      },
    );
    return undefined;
  }
  return seconds;
}

/** Field by field over what is inherited; reports attempts above the profile's limit. */
export function mergeRetry(
  own: LooseRetry,
  inherited: Retry,
  path: Path,
  context: Pick<DagContext, "findings" | "profile">,
): Retry {
  const most = context.profile.limits.maxAttempts;
  if (own.max_attempts !== undefined && own.max_attempts > most) {
    context.findings.add(
      "schema/out-of-range",
      [...path, "max_attempts"],
      `max_attempts is ${own.max_attempts}; it must be at most ${most}.`,
      {
        suggestion: `Use ${most}.`,
      },
    );
  }
  return {
    maxAttempts: own.max_attempts ?? inherited.maxAttempts,
    backoffSeconds: own.backoff_sec ?? inherited.backoffSeconds,
  };
}

export const DEFAULT_RETRY: Retry = { maxAttempts: DEFAULTS.maxAttempts, backoffSeconds: DEFAULTS.backoffSeconds };

/** Env, command, args and params together, as UTF-8. */
function reportSize(node: LooseNode, path: Path, findings: Findings): void {
  let units = 0;
  if (node.env !== undefined) for (const name in node.env) units += name.length + (node.env[name] ?? "").length;
  if (node.command !== undefined) units += lengthOf(node.command);
  if (node.args !== undefined) units += lengthOf(node.args);
  if (node.params !== undefined) units += lengthOf(node.params);
  // A character is three bytes at most per UTF-16 unit: most nodes are far below without counting bytes.
  if (units * 3 <= BOUNDS.nodeBytes) return;
  const bytes = Buffer.byteLength(JSON.stringify([node.env, node.command, node.args, node.params]));
  if (bytes <= BOUNDS.nodeBytes) return;
  findings.add(
    "node/too-large",
    path,
    `env, command, args and params have ${bytes} bytes together; ${BOUNDS.nodeBytes} are allowed.`,
    {
      suggestion: "Put the bulk into a file in the object store and pass its URI.",
    },
  );
}

/** Roughly the length of a value's JSON. */
function lengthOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 8;
  let sum = 0;
  if (Array.isArray(value)) for (const each of value) sum += 1 + lengthOf(each);
  else for (const key in value) sum += key.length + 2 + lengthOf(Reflect.get(value, key));
  return sum;
}
