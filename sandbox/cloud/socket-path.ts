/** Unix sockets in directories of any depth. */
import { closeSync, openSync } from "node:fs";
import { basename, dirname } from "node:path";

/** Longest path of a Unix socket, in octets, on Linux. Node cuts a longer one off, and then listens somewhere else. */
export const MAX_SOCKET_PATH = 107;

/**
 * Has `work` listen or connect by a path that is short enough: through /proc, by a number that the directory has while it is open. So
 * it is the same socket for everybody, with nothing outside of its directory. Throws where there is no such directory.
 */
export async function byShortPath<T>(socket: string, work: (path: string) => Promise<T>): Promise<T> {
  if (Buffer.byteLength(socket) <= MAX_SOCKET_PATH) return await work(socket);
  const directory = openSync(dirname(socket), "r");
  try {
    return await work(`/proc/self/fd/${directory}/${basename(socket)}`);
  } finally {
    closeSync(directory);
  }
}
