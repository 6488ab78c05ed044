import type { PackageDefinition } from "@grpc/proto-loader";
import descriptor from "google-protobuf/google/protobuf/descriptor_pb.js";

/**
 * The loader describes a file as it was written: types by their short names, and `optional` only as the group of one field that stands
 * for it. Whoever links descriptors by the book (grpcurl, Buf, Python) needs the full names and the mark; here they get them.
 */
export function completed(contract: PackageDefinition): PackageDefinition {
  const done = new Map<Uint8Array, Buffer>();
  const complete = (bytes: Uint8Array): Buffer => {
    const known = done.get(bytes) ?? completedFile(bytes);
    done.set(bytes, known);
    return known;
  };
  return Object.fromEntries(
    Object.entries(contract).map(([name, definition]) =>
      "fileDescriptorProtos" in definition && Array.isArray(definition.fileDescriptorProtos)
        ? [name, { ...definition, fileDescriptorProtos: definition.fileDescriptorProtos.map(complete) }]
        : [name, withMethods(definition, complete)],
    ),
  );
}

type Definition = PackageDefinition[string];

/** A service carries its file in its methods' messages. */
function withMethods(definition: Definition, complete: (bytes: Uint8Array) => Buffer): Definition {
  for (const method of Object.values(definition)) {
    for (const end of ["requestType", "responseType"]) {
      const message: unknown = typeof method === "object" && method !== null ? Reflect.get(method, end) : undefined;
      if (typeof message !== "object" || message === null || !("fileDescriptorProtos" in message)) continue;
      const files: unknown = message.fileDescriptorProtos;
      if (Array.isArray(files)) message.fileDescriptorProtos = files.map(complete);
    }
  }
  return definition;
}

function completedFile(bytes: Uint8Array): Buffer {
  const file = descriptor.FileDescriptorProto.deserializeBinary(bytes);
  const full = (name: string): string => (name === "" || name.startsWith(".") ? name : `.${file.getPackage()}.${name}`);
  for (const message of file.getMessageTypeList()) completeMessage(message, full);
  for (const service of file.getServiceList()) {
    for (const method of service.getMethodList()) {
      method.setInputType(full(method.getInputType() ?? ""));
      method.setOutputType(full(method.getOutputType() ?? ""));
    }
  }
  return Buffer.from(file.serializeBinary());
}

function completeMessage(message: descriptor.DescriptorProto, full: (name: string) => string): void {
  const groups = message.getOneofDeclList();
  const entries = message.getNestedTypeList().filter((nested) => nested.getOptions()?.getMapEntry() === true);
  for (const field of message.getFieldList()) {
    const type = field.getTypeName() ?? "";
    if (entries.some((entry) => entry.getName() === type)) {
      field.setTypeName(`${full(message.getName() ?? "")}.${type}Entry`);
    } else if (type === "") field.clearTypeName();
    else field.setTypeName(full(type));
    // `_name` is how the compiler calls the group of `optional name`.
    if (field.hasOneofIndex() && groups[field.getOneofIndex() ?? 0]?.getName() === `_${field.getName()}`) {
      field.setProto3Optional(true);
    }
  }
  // By the book the entries of a map are called so; by their field's name alone they could be taken for another message.
  for (const entry of entries) entry.setName(`${entry.getName()}Entry`);
}
