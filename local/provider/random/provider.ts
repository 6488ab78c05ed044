import { closest } from "../kubernetes/closest.ts";
import { differences, propertyPath, replacing } from "../kubernetes/diff.ts";
import type {
  CheckRequest,
  CheckResult,
  CreateRequest,
  CreateResult,
  DiffRequest,
  DiffResult,
  InvokeRequest,
  Provider,
  ReadRequest,
  ReadResult,
  UpdateRequest,
} from "../protocol/provider.ts";
import { hasUnknown, type PropertyMap, revealMap, UNKNOWN } from "../protocol/values.ts";
import { KINDS, type RandomKind } from "./kinds.ts";

/** Serves the package `random`: values drawn once and kept in the state until an argument changes. */
export class RandomProvider implements Provider {
  async configure(): Promise<void> {}

  async check(request: CheckRequest): Promise<CheckResult> {
    const kind = KINDS[request.type];
    if (kind === undefined)
      return { inputs: request.inputs, failures: [{ property: "", reason: unsupported(request.type) }] };
    const failures = Object.keys(request.inputs)
      .filter((key) => !(key in kind.schema.shape))
      .map((key) => ({ property: key, reason: `unknown argument${closest(key, Object.keys(kind.schema.shape))}` }));
    const known = Object.fromEntries(
      Object.entries(request.inputs).filter(([, value]) => value !== null && !hasUnknown(value)),
    );
    const parsed = kind.schema.safeParse(revealMap(known));
    for (const issue of parsed.error?.issues ?? []) {
      const property = issue.path.join(".");
      if (!hasUnknown(request.inputs[String(issue.path[0])])) failures.push({ property, reason: issue.message });
    }
    return { inputs: request.inputs, failures };
  }

  async diff(request: DiffRequest): Promise<DiffResult> {
    const changes = differences(request.oldInputs, request.inputs);
    return {
      changes: Object.fromEntries(changes.map((change) => [propertyPath(change.path), replacing(change.kind)])),
    };
  }

  async create(request: CreateRequest): Promise<CreateResult> {
    const kind = kindOf(request.type);
    if (request.preview)
      return {
        id: "",
        outputs: { ...request.inputs, ...Object.fromEntries(kind.results.map((name) => [name, UNKNOWN])) },
      };
    const { id, outputs } = kind.draw(kind.schema.parse(withoutNulls(revealMap(request.inputs))));
    return { id, outputs: { ...request.inputs, ...outputs } };
  }

  async read(request: ReadRequest): Promise<ReadResult> {
    if (Object.keys(request.outputs).length === 0)
      throw new Error(
        `${request.type} "${request.name}" cannot be imported by the embedded environment's random provider`,
      );
    return { id: request.id, inputs: request.inputs, outputs: request.outputs };
  }

  async update(request: UpdateRequest): Promise<PropertyMap> {
    return { ...request.oldOutputs, ...request.inputs };
  }

  async delete(): Promise<void> {}

  async invoke(request: InvokeRequest): Promise<{ outputs: PropertyMap }> {
    throw new Error(`the random package has no function ${request.token}`);
  }

  cancel(): void {}
}

function kindOf(type: string): RandomKind {
  const kind = KINDS[type];
  if (kind === undefined) throw new Error(unsupported(type));
  return kind;
}

function unsupported(type: string): string {
  return `${type} is not supported by the embedded environment's random provider; it has: ${Object.keys(KINDS)
    .map((token) => token.split(":").at(-1))
    .join(", ")}`;
}

function withoutNulls(map: PropertyMap): PropertyMap {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== null));
}
