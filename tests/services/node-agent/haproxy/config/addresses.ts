/** Loopback addresses and ports of a test's own. */
import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** An address that hardly anybody else on this machine listens at. */
export function ownAddress(): string {
  return `127.${randomInt(16, 250)}.${randomInt(1, 250)}.${randomInt(1, 250)}`;
}

/** A port that is free at an address. */
export async function freePort(address: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, address, resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
