import { UserError } from "../../submission/spec/user-error.ts";
import { stackOutputs } from "./command.ts";
import { openStack } from "./open-stack.ts";
import { CHECKOUT } from "./packages.ts";
import { type EngineOptions, prepareEngine } from "./prepare.ts";
import { type EngineMessage, nameOf, Progress, type ResourceEvent } from "./progress.ts";
import { EngineExit } from "./run-engine.ts";

export interface PlatformOptions extends EngineOptions {
  /** Default `local`. */
  readonly stack?: string;
  /** Folder of Pulumi.yaml. Default: this checkout. */
  readonly projectDir?: string;
  /** Told of each resource as the engine gets to it. */
  readonly onResource?: ((event: ResourceEvent) => void) | undefined;
  /** The engine's own display, line by line. */
  readonly onOutput?: ((text: string) => void) | undefined;
  /** Folders of policy packs. */
  readonly policyPacks?: readonly string[];
  /** Settings of each pack, a JSON file in the order of the packs. Default: the packs' own. */
  readonly policyPackConfigs?: readonly string[];
  /** Configuration of the stack besides its file, e.g. `orchestration-layer:region`; for this run only. */
  readonly config?: Readonly<Record<string, string>>;
}

export interface PlatformResult {
  /** Number of resources per operation, e.g. `{create: 120}` or `{same: 120}`. */
  readonly changes: Readonly<Record<string, number>>;
  /** Resources that were created, updated, replaced or deleted, in the order in which that ended. */
  readonly resources: readonly ResourceEvent[];
  /** The stack's outputs; empty after a preview. A secret is `"[secret]"`, also inside a value. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** What the engine, the providers and the program had to say. */
  readonly messages: readonly EngineMessage[];
  /** Findings of policy packs. */
  readonly violations: readonly string[];
  readonly durationMs: number;
}

type Verb = "up" | "preview" | "refresh" | "destroy";

/** Creates and changes what the stack's program declares. A second call without changes changes nothing. */
export function applyPlatform(options: PlatformOptions): Promise<PlatformResult> {
  return operate("up", options);
}

/** What `applyPlatform` would do; nothing is changed. */
export function previewPlatform(options: PlatformOptions): Promise<PlatformResult> {
  return operate("preview", options);
}

/** Reads every resource again: what was deleted by another hand is forgotten, what was changed is recorded. */
export function refreshPlatform(options: PlatformOptions): Promise<PlatformResult> {
  return operate("refresh", options);
}

/** Deletes what the stack has created, in the opposite order. */
export function destroyPlatform(options: PlatformOptions): Promise<PlatformResult> {
  return operate("destroy", options);
}

async function operate(verb: Verb, options: PlatformOptions): Promise<PlatformResult> {
  const start = Date.now();
  const { signal } = options;
  const progress = new Progress(options.onResource);
  const engine = await prepareEngine(options);
  const stack = await openStack(
    engine,
    options.projectDir ?? CHECKOUT,
    options.stack ?? DEFAULT_STACK,
    options.config ?? {},
  );
  signal?.throwIfAborted();
  const common = {
    onEvent: progress.onEvent,
    color: "never" as const,
    ...(signal === undefined ? {} : { signal }),
    ...(options.onOutput === undefined ? {} : { onOutput: options.onOutput }),
  };
  const policies = {
    ...(options.policyPacks === undefined ? {} : { policyPacks: [...options.policyPacks] }),
    ...(options.policyPackConfigs === undefined ? {} : { policyPackConfigs: [...options.policyPackConfigs] }),
  };
  try {
    switch (verb) {
      case "up":
        await stack.up({ ...common, ...policies, parallel: PARALLEL });
        break;
      case "preview":
        await stack.preview({ ...common, ...policies, parallel: PARALLEL });
        break;
      case "refresh":
        await stack.refresh({ ...common, parallel: PARALLEL, clearPendingCreates: true });
        break;
      case "destroy":
        await stack.destroy({ ...common, parallel: PARALLEL });
    }
  } catch (error) {
    throw explain(error, verb, options.stack ?? DEFAULT_STACK, progress, signal);
  }
  return {
    changes: progress.changes,
    resources: progress.done.filter((event) => event.operation !== "same" && event.operation !== "read"),
    outputs:
      verb === "up" ? await stackOutputs(engine, options.projectDir ?? CHECKOUT, options.stack ?? DEFAULT_STACK) : {},
    messages: progress.messages,
    violations: progress.violations,
    durationMs: Date.now() - start,
  };
}

const DEFAULT_STACK = "local";
/** Operations at once: they wait for the API server, not for a processor. */
const PARALLEL = 32;

/** What follows from an error that is reported beside it. */
const CONSEQUENCE =
  /^(update|preview|destroy|refresh) failed$|client connection is closing|resource monitor shut down/i;

/** The reasons, one per line; the engine's own text only where it gave no reasons. */
function explain(
  error: unknown,
  verb: Verb,
  stack: string,
  progress: Progress,
  signal: AbortSignal | undefined,
): unknown {
  if (signal?.aborted === true) return signal.reason;
  if (!(error instanceof EngineExit)) return error;
  const reasons = progress.messages
    .filter((message) => message.severity === "error" && !CONSEQUENCE.test(message.text))
    .map((message) => (message.urn === undefined ? message.text : `${nameOf(message.urn)}: ${message.text}`));
  const output = error.output.trim().split("\n").slice(-20).join("\n");
  const text = [...new Set([...progress.violations, ...reasons])].join("\n") || output;
  const words: Record<Verb, string> = {
    up: "applied",
    preview: "previewed",
    refresh: "refreshed",
    destroy: "destroyed",
  };
  return new UserError(`Stack ${stack} could not be ${words[verb]}:\n${text}`, { exitCode: 2, cause: error });
}
