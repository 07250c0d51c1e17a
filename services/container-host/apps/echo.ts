/** Answers with the request: method, path, headers, body, trailers. With `?status=`, under that status; with `?exit`, by ending. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";

/** Octets of a body that are echoed at most. */
const MAX_BODY = 1 << 20;

export function echo(server: Server): void {
  server.on("request", (request, response) => void answer(request, response).catch(() => response.destroy()));
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, url = "/", headers, rawHeaders } = request;
  const { searchParams } = new URL(url, "http://app");
  if (searchParams.has("exit")) process.exit(3);
  const body = await text(request);
  const echoed = { method, path: url, headers, rawHeaders, body: body.slice(0, MAX_BODY), trailers: request.trailers };
  response.writeHead(Number(searchParams.get("status") ?? 200), { "content-type": "application/json" });
  response.end(JSON.stringify(echoed));
}
