/** Sends back every message, text and binary, as it came; `?large=<bytes>` sends one of that size first. Plain HTTP gets 426. */
import type { Server } from "node:http";
import { WebSocketServer, type WebSocket } from "ws";

const MAX_MESSAGE = 16 << 20;

export function webSocketEcho(server: Server): void {
  const sockets = new WebSocketServer({ server, maxPayload: MAX_MESSAGE });
  sockets.on("connection", (socket: WebSocket, request) => {
    socket.on("error", () => socket.terminate());
    const bytes = Number(new URL(request.url ?? "/", "http://app").searchParams.get("large") ?? 0);
    if (bytes > 0) socket.send(Buffer.alloc(bytes));
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  server.on("request", (_request, response) => {
    response.writeHead(426, { upgrade: "websocket", connection: "upgrade" }).end("this app talks WebSocket\n");
  });
}
