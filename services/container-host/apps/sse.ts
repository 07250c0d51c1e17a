/** Server-sent events: one every `?ms=` milliseconds (default 100), `?count=` of them (default: no end). */
import type { Server } from "node:http";

const MIN_MS = 10;

export function sse(server: Server): void {
  server.on("request", (request, response) => {
    const { searchParams } = new URL(request.url ?? "/", "http://app");
    const count = Number(searchParams.get("count") ?? Infinity);
    const ms = Math.max(Number(searchParams.get("ms") ?? 100), MIN_MS);
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    let sent = 0;
    const send = () => {
      response.write(`id: ${sent}\ndata: ${JSON.stringify({ sent, at: Date.now() })}\n\n`);
      if (++sent >= count) response.end();
    };
    send();
    const timer = setInterval(send, ms);
    response.once("close", () => clearInterval(timer));
  });
}
