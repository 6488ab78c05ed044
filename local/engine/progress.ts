import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";

export type Operation = "create" | "update" | "replace" | "delete" | "refresh" | "read" | "same";

/** What the engine does to one resource. */
export interface ResourceEvent {
  readonly state: "started" | "done" | "failed";
  readonly operation: Operation;
  /** Type token, e.g. `kubernetes:core/v1:ConfigMap`. */
  readonly type: string;
  /** Name in the program. */
  readonly name: string;
  readonly urn: string;
}

/** A message of the engine, of a provider or of the program. */
export interface EngineMessage {
  readonly severity: "info" | "warning" | "error";
  readonly text: string;
  readonly urn: string | undefined;
}

/** The stream also carries the SDK's debugging, which is left out. */
const SEVERITIES: Record<string, EngineMessage["severity"]> = {
  info: "info",
  "info#err": "info",
  warning: "warning",
  error: "error",
};

/** Reads the engine's event stream: calls back per resource and collects what the summary needs. */
export class Progress {
  readonly messages: EngineMessage[] = [];
  readonly done: ResourceEvent[] = [];
  readonly failed: ResourceEvent[] = [];
  /** Violations of policy packs. */
  readonly violations: string[] = [];
  changes: Record<string, number> = {};
  readonly #listener: ((event: ResourceEvent) => void) | undefined;

  constructor(listener: ((event: ResourceEvent) => void) | undefined) {
    this.#listener = listener;
  }

  readonly onEvent = (event: EngineEvent): void => {
    if (event.resourcePreEvent !== undefined) this.#resource("started", event.resourcePreEvent.metadata);
    if (event.resOutputsEvent !== undefined) this.#resource("done", event.resOutputsEvent.metadata);
    if (event.resOpFailedEvent !== undefined) this.#resource("failed", event.resOpFailedEvent.metadata);
    if (event.summaryEvent !== undefined) this.changes = { ...event.summaryEvent.resourceChanges };
    if (event.policyEvent !== undefined) this.violations.push(plain(event.policyEvent.message));
    const diagnostic = event.diagnosticEvent;
    const severity = diagnostic === undefined ? undefined : SEVERITIES[diagnostic.severity];
    if (diagnostic !== undefined && severity !== undefined && diagnostic.ephemeral !== true) {
      const text = plain(diagnostic.message).trim();
      if (text !== "") this.messages.push({ severity, text, urn: diagnostic.urn || undefined });
    }
  };

  #resource(state: ResourceEvent["state"], metadata: { op: string; urn: string; type: string }): void {
    const event: ResourceEvent = {
      state,
      operation: operationOf(metadata.op),
      type: metadata.type,
      name: nameOf(metadata.urn),
      urn: metadata.urn,
    };
    if (state === "done") this.done.push(event);
    if (state === "failed") this.failed.push(event);
    this.#listener?.(event);
  }
}

export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

function operationOf(op: string): Operation {
  if (op.includes("replace")) return "replace";
  if (op.startsWith("delete") || op.startsWith("discard")) return "delete";
  if (op.startsWith("create") || op === "import") return "create";
  if (op === "update" || op === "refresh" || op === "read") return op;
  return "same";
}

/** Takes out the engine's colour marks, `<{%fg 13%}>`. */
function plain(text: string): string {
  return text.replace(/<\{%.*?%\}>/g, "");
}
