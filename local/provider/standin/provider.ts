import { closest } from "../kubernetes/closest.ts";
import { differences, propertyPath } from "../kubernetes/diff.ts";
import type {
  CheckRequest,
  CheckResult,
  CreateRequest,
  CreateResult,
  DiffRequest,
  DiffResult,
  EngineLog,
  InvokeRequest,
  Provider,
  ReadResult,
  UpdateRequest,
} from "../protocol/provider.ts";
import { hasUnknown, type PropertyMap, UNKNOWN } from "../protocol/values.ts";
import { Declarations } from "./declarations.ts";
import { ANSWERS } from "./functions.ts";
import { NOT_KNOWN_YET } from "./not-known-yet.ts";
import { argumentErrors } from "./shape.ts";

/**
 * Stands in for a provider whose plugin is not there: previews programs against the types and required arguments that the
 * package declares, and refuses what it does not know. It never creates anything.
 */
export class StandInProvider implements Provider {
  readonly #package: string;
  readonly #declarations: Declarations;
  readonly #log: EngineLog;
  #config: PropertyMap = {};

  constructor(packageName: string, log: EngineLog) {
    this.#package = packageName;
    this.#declarations = new Declarations(packageName);
    this.#log = log;
  }

  /** Unknown arguments are given a known value, because the engine does not ask a provider whose configuration is unknown. */
  async checkConfig(inputs: PropertyMap): Promise<CheckResult> {
    const known = this.#declarations.providerArgs();
    const failures = Object.keys(inputs)
      .filter((key) => !(key in known) && key !== "version" && key !== "pluginDownloadURL" && !key.startsWith("__"))
      .map((key) => ({ property: key, reason: `unknown argument${closest(key, Object.keys(known))}` }));
    return {
      inputs: Object.fromEntries(
        Object.entries(inputs).map(([key, value]) => [key, hasUnknown(value) ? NOT_KNOWN_YET : value]),
      ),
      failures,
    };
  }

  async configure(inputs: PropertyMap): Promise<void> {
    this.#config = inputs;
    await this.#log.info(
      `preview by a stand-in: the ${this.#package} plugin is not installed, so its types and required arguments are checked and nothing is asked of ${this.#package}`,
    );
  }

  async check(request: CheckRequest): Promise<CheckResult> {
    const type = this.#declarations.resourceType(request.type);
    if (type === undefined)
      return { inputs: request.inputs, failures: [{ property: "", reason: this.#unknownType(request.type) }] };
    return { inputs: request.inputs, failures: argumentErrors(request.inputs, type.args, this.#declarations.lookup) };
  }

  async diff(request: DiffRequest): Promise<DiffResult> {
    const changes = differences(request.oldInputs, request.inputs);
    return { changes: Object.fromEntries(changes.map((change) => [propertyPath(change.path), change.kind])) };
  }

  async create(request: CreateRequest): Promise<CreateResult> {
    if (!request.preview) throw this.#previewOnly(`create ${request.type} "${request.name}"`);
    return { id: "", outputs: this.#outputs(request.type, request.inputs) };
  }

  async update(request: UpdateRequest): Promise<PropertyMap> {
    if (!request.preview) throw this.#previewOnly(`update ${request.type} "${request.name}"`);
    return this.#outputs(request.type, request.inputs);
  }

  async read(request: { type: string; name: string }): Promise<ReadResult> {
    throw this.#previewOnly(`read ${request.type} "${request.name}"`);
  }

  async delete(request: { type: string; name: string }): Promise<void> {
    throw this.#previewOnly(`delete ${request.type} "${request.name}"`);
  }

  async invoke(request: InvokeRequest): Promise<{ outputs: PropertyMap }> {
    const answer = ANSWERS[request.token];
    if (answer === undefined) {
      throw new Error(
        `the stand-in for ${this.#package} has no answer for ${request.token}; it answers ${
          Object.keys(ANSWERS)
            .filter((token) => token.startsWith(`${this.#package}:`))
            .join(", ") || "no function"
        }`,
      );
    }
    return { outputs: answer({ args: request.args, config: this.#config }) };
  }

  cancel(): void {}

  /** The inputs, and unknown for what the provider would compute. */
  #outputs(type: string, inputs: PropertyMap): PropertyMap {
    const computed = this.#declarations.resourceType(type)?.computed ?? [];
    return { ...Object.fromEntries(computed.map((name) => [name, UNKNOWN])), ...inputs };
  }

  #unknownType(type: string): string {
    return `the package @pulumi/${this.#package} that is installed declares no resource type ${type}`;
  }

  #previewOnly(what: string): Error {
    return new Error(
      `cannot ${what}: this is a stand-in for the ${this.#package} plugin and can preview only; to change anything install the plugin: pulumi plugin install resource ${this.#package}`,
    );
  }
}
