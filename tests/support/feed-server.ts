/** The feed over HTTP and nothing else: a server for tests of both of its ends, which knows no identities. */
import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import Fastify from "fastify";
import type { Pool } from "pg";
import { FEED_MEDIA_TYPE } from "../../services/contracts/feed";
import { PROBLEM_MEDIA_TYPE, Problem, problemUri } from "../../services/contracts/problems";
import { acknowledgement, feedQuery } from "../../services/contracts/resources";
import { FeedHub, type HubOptions } from "../../services/resolution/feed/hub";
import { openFeed } from "../../services/resolution/feed/stream";
import { NodeRegistry } from "../../services/resolution/nodes/registry";

export interface FeedServer {
  readonly url: string;
  readonly hub: FeedHub;
  readonly registry: NodeRegistry;
  /** Open connections of nodes, feeds and acknowledgements alike. */
  readonly sockets: ReadonlySet<Socket>;
  stop(): Promise<void>;
}

/** One replica, on a free port of the loopback address. */
export async function startFeedServer(
  pool: Pool,
  options: Omit<HubOptions, "pool"> & { readonly sweepMs?: number } = {},
): Promise<FeedServer> {
  const hub = new FeedHub({ pool, ...options });
  const registry = new NodeRegistry({ pool, ...(options.sweepMs !== undefined && { sweepMs: options.sweepMs }) });
  // Otherwise it would not close before the connections that nodes keep for their next request: 72 seconds.
  const app = Fastify({ forceCloseConnections: true });
  app.get("/v1/feed", async (request, reply) => {
    const feed = await openFeed({ hub, registry }, feedQuery.parse(request.query));
    return reply.type(FEED_MEDIA_TYPE).send(feed);
  });
  app.post<{ Params: { name: string } }>("/v1/nodes/:name/acknowledgements", async (request, reply) => {
    await registry.acknowledge(request.params.name, acknowledgement.parse(request.body));
    return reply.code(204).send();
  });
  app.setErrorHandler((error, request, reply) => {
    const problem = error instanceof Problem ? error : new Problem("internal", String(error));
    const { type, status, message } = problem;
    const body = { type: problemUri(type), title: type, status, detail: message, instance: request.id };
    if (problem.retryAfterSeconds !== undefined) reply.header("retry-after", problem.retryAfterSeconds);
    return reply.code(status).type(PROBLEM_MEDIA_TYPE).send(body);
  });
  const sockets = new Set<Socket>();
  app.server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  hub.start();
  registry.start();
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    hub,
    registry,
    sockets,
    stop: async () => {
      const closed = app.server.listening ? once(app.server, "close") : undefined;
      await Promise.all([hub.stop(), registry.stop()]);
      await app.close();
      await closed;
    },
  };
}
