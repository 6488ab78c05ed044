import grpc from "@grpc/grpc-js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import status from "@pulumi/pulumi/proto/status_pb.js";
import any from "google-protobuf/google/protobuf/any_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import type { InitializationError } from "./provider.ts";
import { encodeMap } from "./values.ts";

/** Any error as a gRPC status; its message is what the engine shows. */
export function statusOf(error: unknown): grpc.ServerErrorResponse | Partial<grpc.StatusObject> {
  const message = error instanceof Error ? error.message : String(error);
  if (process.env.ORCH_DEBUG !== undefined && error instanceof Error) console.error(error.stack);
  return { code: grpc.status.UNKNOWN, details: message };
}

/** The object exists but is not ready: the engine takes its state from the details of the status. */
export function initializationStatus(error: InitializationError): Partial<grpc.StatusObject> {
  const detail = new messages.ErrorResourceInitFailed();
  detail.setId(error.id);
  detail.setProperties(struct.Struct.fromJavaScript(encodeMap(error.outputs)));
  detail.setInputs(struct.Struct.fromJavaScript(encodeMap(error.inputs)));
  detail.setReasonsList(error.reasons);
  const packed = new any.Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const message = new status.Status();
  message.setCode(grpc.status.UNKNOWN);
  message.setMessage(error.message);
  message.addDetails(packed);
  const metadata = new grpc.Metadata();
  // The field by which gRPC carries structured details.
  metadata.add("grpc-status-details-bin", Buffer.from(message.serializeBinary()));
  return { code: grpc.status.UNKNOWN, details: error.message, metadata };
}
