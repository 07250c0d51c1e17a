/** Ports for processes that must be told one. */
import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Below those that the kernel gives to whoever connects or asks for any: on a machine with other tests to run, one of these is
 * taken again by the time that a process has started.
 */
const [FIRST, LAST] = [10_000, 32_767];

/** Of this process. Between being asked for and being taken a port is still free, and an environment asks for twenty. */
const given = new Set<number>();

/**
 * A port that nobody has, TCP or UDP, at an address; by default at any. None is given twice, so that a process may have its own again
 * after it was killed.
 */
export async function freePort(address?: string): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, LAST + 1);
    if (given.has(port)) continue;
    given.add(port);
    if ((await isFree(port, address, "tcp")) && (await isFree(port, address, "udp"))) return port;
  }
}

async function isFree(port: number, address: string | undefined, protocol: "tcp" | "udp"): Promise<boolean> {
  const socket = protocol === "tcp" ? createServer().listen(port, address) : createSocket("udp4").bind(port, address);
  try {
    await once(socket, "listening");
    socket.close();
    await once(socket, "close");
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return false;
    throw error;
  }
}
