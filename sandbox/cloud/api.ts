/** What the local cloud answers on its Unix socket, to provider plugins and the command. */
import { once } from "node:events";
import { chmodSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { json as jsonOf } from "node:stream/consumers";
import type { Faults, ResourceName, Unit } from "./controller";
import type { Endpoint } from "./network";
import type { Outcome } from "./reconciler";
import { byShortPath } from "./socket-path";

/** Public ports, as they are where this user may not listen below 1024. */
export interface PublicPorts {
  readonly http: number;
  readonly https: number;
  readonly dns: number;
}

/** How the local cloud is. */
export interface Health {
  readonly pid: number;
  /** The range of its addresses. */
  readonly network: string;
}

export interface SettleRequest extends ResourceName {
  readonly patienceSeconds: number;
}

/** What the API gives access to. */
export interface Answering {
  health(): Health;
  units(): readonly Unit[];
  token(email: string, audience: string): Promise<string>;
  faults(): Faults;
  setFaults(faults: Faults): void;
  settle(request: SettleRequest): Promise<Outcome>;
  publicPorts(): PublicPorts;
  resolver(): Endpoint;
  /** Begins to stop. */
  stop(): void;
}

/** Longest that a request's headers and body may take. */
const REQUEST_TIMEOUT_MS = 10_000;
const OWNER_ONLY = 0o600;

type Route = (cloud: Answering, body: unknown) => unknown;

/** Requests come from programs of this checkout, so that bodies are taken as they are typed. */
const ROUTES: Readonly<Record<string, Route>> = {
  "GET /health": (cloud) => cloud.health(),
  "GET /units": (cloud) => cloud.units(),
  "GET /faults": (cloud) => cloud.faults(),
  "GET /ports": (cloud) => cloud.publicPorts(),
  "GET /resolver": (cloud) => cloud.resolver(),
  "PUT /faults": (cloud, body) => cloud.setFaults(body as Faults),
  "POST /settle": async (cloud, body) => await cloud.settle(body as SettleRequest),
  "POST /tokens": async (cloud, body) => {
    const { email, audience } = body as { email: string; audience: string };
    return { token: await cloud.token(email, audience) };
  },
  "POST /stop": (cloud) => cloud.stop(),
};

/** Only the owner of the socket's file may connect. */
export async function serveApi(socket: string, cloud: Answering): Promise<Server> {
  rmSync(socket, { force: true });
  const server = createServer((request, response) => {
    void answer(cloud, request)
      .catch((error: unknown) => ({
        status: 500,
        body: { error: error instanceof Error ? error.message : String(error) },
      }))
      .then(({ status, body }) => {
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body ?? {}));
      });
  });
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  await byShortPath(socket, async (path) => {
    await once(server.listen(path), "listening");
  });
  chmodSync(socket, OWNER_ONLY);
  return server;
}

async function answer(cloud: Answering, request: IncomingMessage): Promise<{ status: number; body: unknown }> {
  const name = `${request.method ?? ""} ${request.url ?? ""}`;
  const route = ROUTES[name];
  if (route === undefined) return { status: 404, body: { error: `the local cloud does not know ${name}` } };
  const body = request.method === "GET" ? undefined : await jsonOf(request);
  return { status: 200, body: await route(cloud, body) };
}
