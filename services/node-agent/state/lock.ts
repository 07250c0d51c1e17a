/** A lock on a directory, against a second agent that writes to it. */
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { createServer } from "node:net";

/**
 * Locks an existing directory and returns what unlocks it. The lock is the name of a socket that Linux keeps in memory: taken
 * or not in one step, told by the directory's identity whatever path leads there, and gone with its process however that
 * ends, so that no stale lock keeps an agent from starting. Other systems, which only developers use, have no such names:
 * nothing is locked there.
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  if (process.platform !== "linux") return () => Promise.resolve();
  const { dev, ino } = await stat(directory);
  const server = createServer((connection) => connection.destroy());
  server.unref();
  server.listen({ path: `\0node-agent-state:${dev}:${ino}` });
  try {
    await once(server, "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new Error(`${directory} is in use by another node agent: stop it, or set STATE_DIRECTORY to one of its own`, {
      cause: error,
    });
  }
  return async () => {
    server.close();
    await once(server, "close");
  };
}
