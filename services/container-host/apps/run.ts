/** A sample app as a process: listens on its socket, ends when it is asked to, and with its host. */
import { createServer } from "node:http";
import { sampleFor } from "./index";
import { APP_LISTENS, APP_VARIABLES } from "./protocol";

/** Octets of a request's headers: what edges let through, and what they add. */
const MAX_HEADER_BYTES = 32_768;

export function runApp(environment: NodeJS.ProcessEnv): void {
  // The host's end closes the channel, however the host ends.
  process.once("disconnect", () => process.exit(0));
  if (!process.connected) process.exit(0);
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: 0 });
  sampleFor(environment[APP_VARIABLES.app] ?? "")(server);
  server.listen(environment[APP_VARIABLES.socket], () => process.send?.(APP_LISTENS));
  process.once("SIGTERM", () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
}
