/** Round trips over a WebSocket: through one edge and through two, against none. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import { milliseconds, type Result } from "../result";
import { median, pairedRatio, percentile } from "../statistics";
import { undisturbedRounds } from "../steal";
import type { Place } from "./proxies";
import { NAMES, withProxies, type Progress } from "./rate";
import { twoEdges } from "./tombstone";

const MESSAGES = 2_000;
const PAYLOAD = "x".repeat(100);
const WAYS = ["none", "one edge", "two edges"] as const;
type Way = (typeof WAYS)[number];

export async function edgeWebSocket(rounds: number, progress: Progress): Promise<Result> {
  return await withProxies(async (proxies) => {
    const echo = await Echo.start();
    try {
      const one = await proxies.edge({ cluster: "alone", origin: echo.proxy });
      const sockets = {
        none: await open(echo.proxy),
        "one edge": await open(one),
        "two edges": await open(await twoEdges(proxies, "load", echo.proxy)),
      };
      const name = "(o) WebSocket round trip";
      const { values, dropped } = await undisturbedRounds(name, rounds, progress, async () => {
        const trips = {} as Record<Way, number[]>;
        for (const way of WAYS) trips[way] = await roundTrips(sockets[way]);
        return trips;
      });
      const rows = WAYS.slice(1).flatMap((way) =>
        [0.5, 0.99].map((share) => {
          const [ours, theirs] = [way, WAYS[0]].map((each) => values.map((trips) => percentile(trips[each], share)));
          return {
            what: `through ${way} / without, p${share * 100}`,
            measured: milliseconds(median(ours ?? [])),
            against: milliseconds(median(theirs ?? [])),
            ratio: pairedRatio(ours ?? [], theirs ?? []),
          };
        }),
      );
      for (const socket of Object.values(sockets)) socket.terminate();
      return { name, rounds, dropped, rows };
    } finally {
      await echo.stop();
    }
  });
}

async function open({ host, port }: Place): Promise<WebSocket> {
  const [name = ""] = NAMES;
  const socket = new WebSocket(`ws://${host}:${port}/`, { headers: { host: name }, perMessageDeflate: false });
  await once(socket, "open");
  return socket;
}

/** Milliseconds of each, one after the other. */
async function roundTrips(socket: WebSocket): Promise<number[]> {
  const trips: number[] = [];
  for (let message = 0; message < MESSAGES; message++) {
    const started = performance.now();
    socket.send(PAYLOAD);
    await once(socket, "message");
    trips.push(performance.now() - started);
  }
  return trips;
}

/** A server that echoes, in this process: what it takes is the same on every way. */
class Echo {
  private constructor(
    readonly proxy: Place,
    private readonly end: () => Promise<void>,
  ) {}

  static async start(): Promise<Echo> {
    const server = createServer((_request, response) => response.end());
    const sockets = new WebSocketServer({ server, perMessageDeflate: false });
    sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const end = async () => {
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    };
    return new Echo({ host: "127.0.0.1", port }, end);
  }

  async stop(): Promise<void> {
    await this.end();
  }
}
