import type { PropertyMap } from "./values.ts";

/** What one resource operation is about. */
export interface ResourceIdentity {
  /** The resource's URN. */
  urn: string;
  /** Its type token, e.g. `kubernetes:core/v1:ConfigMap`. */
  type: string;
  /** Its name in the program. */
  name: string;
}

/** One input the provider refuses; `property` is a path, empty for the resource as a whole. */
export interface CheckFailure {
  property: string;
  reason: string;
}

export interface CheckRequest extends ResourceIdentity {
  oldInputs: PropertyMap;
  inputs: PropertyMap;
  /** Seed of the engine for names and other random values: the same in preview and update. */
  randomSeed: Uint8Array;
  /** What the project's autonaming configuration asks for, if it has one. */
  autonaming?: { mode: "propose" | "enforce" | "disable"; proposedName: string };
}
export interface CheckResult {
  inputs: PropertyMap;
  failures?: CheckFailure[];
}

export type DiffKind = "add" | "delete" | "update" | "add-replace" | "delete-replace" | "update-replace";
export interface DiffRequest extends ResourceIdentity {
  id: string;
  oldInputs: PropertyMap;
  oldOutputs: PropertyMap;
  inputs: PropertyMap;
  ignoreChanges: string[];
}
export interface DiffResult {
  /** Changed paths and how; empty means nothing changes. */
  changes: Record<string, DiffKind>;
  deleteBeforeReplace?: boolean;
}

export interface CreateRequest extends ResourceIdentity {
  inputs: PropertyMap;
  /** Seconds; 0 means the provider's default. */
  timeoutSeconds: number;
  preview: boolean;
}
export interface CreateResult {
  id: string;
  outputs: PropertyMap;
}

export interface ReadRequest extends ResourceIdentity {
  id: string;
  inputs: PropertyMap;
  outputs: PropertyMap;
}
/** Undefined when the object is gone. */
export type ReadResult = { id: string; inputs: PropertyMap; outputs: PropertyMap } | undefined;

export interface UpdateRequest extends ResourceIdentity {
  id: string;
  oldInputs: PropertyMap;
  oldOutputs: PropertyMap;
  inputs: PropertyMap;
  timeoutSeconds: number;
  preview: boolean;
}

export interface DeleteRequest extends ResourceIdentity {
  id: string;
  outputs: PropertyMap;
  timeoutSeconds: number;
}

export interface InvokeRequest {
  token: string;
  args: PropertyMap;
  preview: boolean;
}

export interface ConstructRequest {
  type: string;
  name: string;
  parent: string;
  inputs: PropertyMap;
  /** Package name to provider reference (`urn::id`). */
  providers: Record<string, string>;
  dependencies: string[];
  aliases: string[];
  protect: boolean | undefined;
  preview: boolean;
  monitor: ResourceMonitor;
}
export interface ConstructResult {
  urn: string;
  state: PropertyMap;
}

/** The engine's side that a component registers its children with. */
export interface ResourceMonitor {
  register(request: RegisterRequest): Promise<{ urn: string; id: string; outputs: PropertyMap }>;
  registerOutputs(urn: string, outputs: PropertyMap): Promise<void>;
}
export interface RegisterRequest {
  type: string;
  name: string;
  parent: string;
  custom: boolean;
  inputs: PropertyMap;
  providers?: Record<string, string>;
  /** Provider reference of a custom resource. */
  provider?: string;
  /** Version of the package, as its npm package states it. */
  version?: string;
  dependencies?: string[];
  aliases?: string[];
  protect?: boolean | undefined;
}

/** Messages for the engine's log; `status` shows a passing state of one resource and is not kept. */
export interface EngineLog {
  info(message: string, urn?: string): Promise<void>;
  warn(message: string, urn?: string): Promise<void>;
  status(message: string, urn: string): Promise<void>;
}

/** What a provider must be able to do; the protocol around it stands in `serve.ts`. */
export interface Provider {
  checkConfig?(inputs: PropertyMap, urn: string): Promise<CheckResult>;
  diffConfig?(oldInputs: PropertyMap, inputs: PropertyMap): Promise<DiffResult>;
  configure(inputs: PropertyMap): Promise<void>;
  check(request: CheckRequest): Promise<CheckResult>;
  diff(request: DiffRequest): Promise<DiffResult>;
  create(request: CreateRequest): Promise<CreateResult>;
  read(request: ReadRequest): Promise<ReadResult>;
  update(request: UpdateRequest): Promise<PropertyMap>;
  delete(request: DeleteRequest): Promise<void>;
  invoke(request: InvokeRequest): Promise<{ outputs: PropertyMap; failures?: CheckFailure[] }>;
  construct?(request: ConstructRequest): Promise<ConstructResult>;
  /** The engine is being cancelled: stop waiting, answer what is known. */
  cancel(): void;
}

/** The object exists, but did not become ready: the engine records it and tries again at the next update. */
export class InitializationError extends Error {
  readonly id: string;
  readonly outputs: PropertyMap;
  readonly inputs: PropertyMap;
  readonly reasons: string[];
  constructor(id: string, inputs: PropertyMap, outputs: PropertyMap, reasons: string[]) {
    super(reasons.join("\n"));
    this.name = "InitializationError";
    this.id = id;
    this.inputs = inputs;
    this.outputs = outputs;
    this.reasons = reasons;
  }
}
