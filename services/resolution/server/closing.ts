/** Ending a server without cutting anybody off. */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";

/** Between looks for connections that have become idle. */
const SWEEP_MS = 50;
/** For the first request of a connection that has just been opened. */
const FIRST_REQUEST_MS = 1_000;

/**
 * Lets a server that closes wait for requests under way, feeds included, and neither for the connections that they leave behind
 * nor for those that callers have opened in advance. Returns a function that tells whether it closes.
 */
export function endIdleConnections(app: FastifyInstance): () => boolean {
  const { server } = app;
  // Node counts a connection as idle once a request on it has been answered, so those without any are kept track of here.
  const unused = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    unused.add(socket);
    socket.once("close", () => unused.delete(socket));
  });
  server.on("request", ({ socket }: IncomingMessage) => unused.delete(socket));

  let closing = false;
  app.addHook("preClose", (done) => {
    closing = true;
    if (server.listening) {
      const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS).unref();
      const giveUp = setTimeout(() => unused.forEach((socket) => socket.destroy()), FIRST_REQUEST_MS).unref();
      server.once("close", () => {
        clearInterval(sweep);
        clearTimeout(giveUp);
      });
    }
    done();
  });
  return () => closing;
}
