/** How an error reaches the engine. */
import * as grpc from "@grpc/grpc-js";
import * as any from "google-protobuf/google/protobuf/any_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import * as status from "@pulumi/pulumi/proto/status_pb";
import { NotReady } from "./waiter";
import { encode } from "./wire";

/** gRPC's name for details of an error in Protocol Buffers. */
const DETAILS = "grpc-status-details-bin";

/**
 * The message is what the user sees. For a resource that exists and does not work there is its state beside it, so that the engine
 * knows of it.
 */
export function refusal(error: unknown): Partial<grpc.StatusObject> & { code: grpc.status } {
  const details = error instanceof Error ? error.message : String(error);
  const code = grpc.status.UNKNOWN;
  return error instanceof NotReady ? { code, details, metadata: metadataOf(error) } : { code, details };
}

function metadataOf({ message, reason, state }: NotReady): grpc.Metadata {
  const failed = new rpc.ErrorResourceInitFailed();
  failed.setId(state.id);
  failed.setProperties(encode(state.outputs, state.secrets));
  failed.setInputs(encode(state.inputs, state.secrets));
  failed.setReasonsList([reason]);
  const detail = new any.Any();
  detail.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const whole = new status.Status();
  whole.setCode(grpc.status.UNKNOWN);
  whole.setMessage(message);
  whole.addDetails(detail);
  const metadata = new grpc.Metadata();
  metadata.add(DETAILS, Buffer.from(whole.serializeBinary()));
  return metadata;
}
