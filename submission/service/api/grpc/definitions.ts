import { resolve } from "node:path";
import { loadPackageDefinition, type ServiceDefinition } from "@grpc/grpc-js";
import { loadSync, type PackageDefinition } from "@grpc/proto-loader";
import { completed } from "./descriptors.ts";

/** The committed contract; also what clients are generated from. */
export const PROTO_FILE = resolve(import.meta.dirname, "orch.proto");
const STATUS_FILE = resolve(import.meta.dirname, "status.proto");

const OPTIONS = { keepCase: true, longs: Number, defaults: true } as const;

export interface Definitions {
  readonly package: PackageDefinition;
  readonly submissions: ServiceDefinition;
  /** A message as bytes. */
  problem(value: object): Buffer;
  status(value: object): Buffer;
}

export const SERVICE = "orch.v1.Submissions";
export const PROBLEM_TYPE_URL = "type.googleapis.com/orch.v1.Problem";

export function loadDefinitions(): Definitions {
  const contract = loadSync(PROTO_FILE, OPTIONS);
  const errors = loadSync(STATUS_FILE, OPTIONS);
  return {
    package: completed(contract),
    submissions: serviceOf(contract),
    problem: serializer(contract, "orch.v1.Problem"),
    status: serializer(errors, "google.rpc.Status"),
  };
}

function serviceOf(contract: PackageDefinition): ServiceDefinition {
  let found: unknown = loadPackageDefinition(contract);
  for (const part of SERVICE.split(".")) {
    found =
      (typeof found === "object" || typeof found === "function") && found !== null
        ? Reflect.get(found, part)
        : undefined;
  }
  if (!hasService(found)) throw new Error(`${PROTO_FILE} has no service ${SERVICE}`);
  return found.service;
}

const hasService = (value: unknown): value is { readonly service: ServiceDefinition } =>
  typeof value === "function" && "service" in value;

function serializer(contract: PackageDefinition, name: string): (value: object) => Buffer {
  const definition = contract[name];
  if (definition === undefined || !("serialize" in definition) || typeof definition.serialize !== "function") {
    throw new Error(`${name} is not a message`);
  }
  const { serialize } = definition;
  return (value) => serialize(value);
}
