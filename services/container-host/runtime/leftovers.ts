/** Apps of a host that was killed. They end by themselves at once; this makes certain of it before the next host says anything. */
import { readdir, rm } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const TIMEOUT_MS = 10_000;
const POLL_MS = 25;

/** Resolves once nobody listens on the sockets in a directory, and removes them. Rejects when somebody goes on to. */
export async function endLeftovers(directory: string, timeoutMs = TIMEOUT_MS): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    while (await isListenedOn(path)) {
      if (performance.now() > deadline) {
        throw new Error(`an app of an earlier host still listens on ${path}: end its process, then start this again`);
      }
      await delay(POLL_MS);
    }
    await rm(path, { recursive: true, force: true });
  }
}

/** The kernel accepts connections for a process that listens, whatever it does meanwhile. */
async function isListenedOn(path: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(path);
    const answer = (isListened: boolean) => {
      socket.destroy();
      resolve(isListened);
    };
    socket.once("connect", () => answer(true));
    // A full backlog is somebody's, too.
    socket.once("error", (error: NodeJS.ErrnoException) => answer(error.code === "EAGAIN"));
  });
}
