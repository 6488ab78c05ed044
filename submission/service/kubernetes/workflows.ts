import type { WorkflowObject } from "./objects.ts";

/** What creating came to. `other`: the name is taken by a Workflow of another manifest. */
export type Created = "created" | "exists" | "other";

export interface WorkflowWatcher {
  /** Every Workflow once, then each change as it happens; a restart of the watch repeats. */
  readonly onWorkflow: (workflow: WorkflowObject) => void;
  readonly onDeleted: (workflow: WorkflowObject) => void;
  /** The list before the first changes has been handed over whole. */
  readonly onListed: () => void;
}

/** Workflows in the teams' namespaces. Throws `Unavailable` when the API server cannot be asked. */
export interface Workflows {
  /** One atomic create under the submission's id. Throws `Refused` when the API server will never take it. */
  create(namespace: string, manifest: string, manifestDigest: string): Promise<Created>;
  get(namespace: string, name: string): Promise<WorkflowObject | undefined>;
  /** `Terminate`: pods end, custom resources are deleted. Fine where it has ended or is gone. */
  cancel(namespace: string, name: string): Promise<void>;
  /** Only those that carry our label `submission_id`; ends with the signal. */
  watch(watcher: WorkflowWatcher, signal: AbortSignal): void;
  ready(): Promise<void>;
}

/** The API server says no to this object and always will: what it said, without the object. */
export class Refused extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "Refused";
  }
}
