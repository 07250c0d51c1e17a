import { Server, ServerCredentials, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { FaultInjector, FAULTS_VARIABLE, parseFaults } from "./faults";
import type { ProviderPackage } from "./package";
import { handlers, ProviderServer } from "./server";
import { RecordStore } from "./store";
import { waiterFromEnvironment } from "./waiter";

/** 400 MB, the limit that the engine and the SDKs use for their own messages. */
const MAXIMUM_MESSAGE_BYTES = 400 * 1024 * 1024;
/** How often to look whether the engine is still there, in milliseconds. */
const ORPHAN_CHECK_INTERVAL = 1000;

/**
 * Serves one package as the engine expects of a plugin's process: prints the port it listens on, then answers until the
 * engine goes away. Whatever prevents that is written to standard error, and the process ends with code 1.
 */
export function serve(served: ProviderPackage): void {
  start(served).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  });
}

async function start(served: ProviderPackage): Promise<void> {
  const root = RecordStore.rootFromEnvironment(process.env);
  const faults = new FaultInjector(parseFaults(process.env[FAULTS_VARIABLE]));
  const provider = new ProviderServer(served, root, faults, waiterFromEnvironment(process.env));

  const server = new Server({
    "grpc.max_receive_message_length": MAXIMUM_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAXIMUM_MESSAGE_BYTES,
  });
  server.addService(ResourceProviderService, handlers(provider) as UntypedServiceImplementation);
  exitWithEngine();
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  process.stdout.write(`${port}\n`);
}

/**
 * Ends the process with its engine. An engine that ends normally interrupts its plugins; one that is killed cannot, but
 * then its end of our standard input closes and we get another parent. Every record is written by then or not at all.
 */
function exitWithEngine(): void {
  const stop = () => process.exit(0);
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  process.stdin.on("end", stop).on("error", stop).resume();
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) stop();
  }, ORPHAN_CHECK_INTERVAL).unref();
}
