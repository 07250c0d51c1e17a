/** Ports for processes that must be told one. */
import { createServer } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

/**
 * A TCP port that nobody listens on, on any address. The kernel hands out others before it comes back to one, so a process that
 * is started soon finds it free, and may have it again after it was killed.
 */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
