/** One request to a Unix socket of HAProxy's, and its answer to the end. */
import { connect } from "node:net";

/** HAProxy was not there, or did not answer to the end: nothing is known of what it has done. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";

  /** Whether there is no process that could have answered. */
  get nobodyListens(): boolean {
    const { code } = (this.cause ?? {}) as NodeJS.ErrnoException;
    return code === "ECONNREFUSED" || code === "ENOENT";
  }
}

/** HAProxy answered that it will not, or something else than what the command gives. */
export class Refused extends Error {
  override readonly name = "Refused";
}

export interface Endpoint {
  readonly socket: string;
  /** Before each command: through the master's socket, which process it is for. */
  readonly prefix?: string;
  /** Milliseconds of silence after which an answer is given up. */
  readonly timeoutMs: number;
}

/**
 * Sends a request on a connection of its own, so that one which hangs is gone with its request, and hands over the answer piece by
 * piece. HAProxy closes after the answer. Rejects with {@link Unreachable}.
 */
export async function exchange(endpoint: Endpoint, request: string, take: (text: string) => void): Promise<void> {
  const { socket: path, prefix = "", timeoutMs } = endpoint;
  const socket = connect(path);
  let last = "";
  try {
    await new Promise<void>((resolve, reject) => {
      socket.setEncoding("latin1").setTimeout(timeoutMs);
      socket.on("timeout", () => reject(new Error(`nothing heard within ${timeoutMs} ms`)));
      socket.on("error", reject);
      socket.on("data", (text: string) => {
        last = text;
        take(text);
      });
      socket.on("end", resolve);
      socket.on("close", () => reject(new Error("closed")));
      // The master answers one who may send more, and waits.
      socket.end(prefix + request);
    });
    if (!last.endsWith("\n")) throw new Error("the answer was cut");
  } catch (error) {
    throw new Unreachable(`HAProxy at ${path}: ${(error as Error).message}`, { cause: error });
  } finally {
    socket.destroy();
  }
}

/** An answer of bounded length, as a whole, without the blank lines at its end. */
export async function ask(endpoint: Endpoint, command: string): Promise<string> {
  const parts: string[] = [];
  await exchange(endpoint, `${command}\n`, (text) => parts.push(text));
  return parts.join("").replace(/\n+$/, "");
}

/** Hands over an answer line by line, blank ones left out. */
export async function askLines(endpoint: Endpoint, command: string, take: (line: string) => void): Promise<void> {
  let rest = "";
  await exchange(endpoint, `${command}\n`, (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") take(line);
  });
}
