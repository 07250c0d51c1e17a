/** One command to Knot over its control socket. */
import { connect } from "node:net";
import { decodeAnswer, encodeCommand } from "./units";

/** Octets of an answer to a command that has next to nothing to say. */
const MAX_ANSWER = 1 << 16;

/**
 * Sends a command for a zone and resolves when Knot has taken it. Rejects where Knot refuses it, cannot be reached, or has not
 * answered in `timeoutMs`. The connection serves this one command: Knot listens to one client at a time, and an operator may want to.
 */
export async function sendCommand(
  socketPath: string,
  command: string,
  zone: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = connect(socketPath);
    const stop = () => settle("it was given up");
    const timer = setTimeout(() => settle(`no answer in ${timeoutMs} ms`), timeoutMs);
    const settle = (reason?: string) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      socket.destroy();
      if (reason === undefined) resolve();
      else reject(new Error(`${command} by ${socketPath}: ${reason}`));
    };
    signal.addEventListener("abort", stop);
    socket.on("error", (error) => settle(error.message));
    socket.on("close", () => settle("Knot closed the connection"));
    socket.on("data", receiver(settle));
    socket.write(encodeCommand(command, zone));
  });
}

/** Takes what comes of an answer, and settles once it is whole, or none: with the reason unless the command was carried out. */
function receiver(settle: (reason?: string) => void): (chunk: Buffer) => void {
  let received = Buffer.alloc(0);
  return (chunk) => {
    received = Buffer.concat([received, chunk]);
    try {
      const answer = decodeAnswer(received);
      if (answer !== undefined) settle(answer.error);
      else if (received.length > MAX_ANSWER) settle(`an answer of more than ${MAX_ANSWER} octets`);
    } catch (error) {
      settle((error as Error).message);
    }
  };
}
