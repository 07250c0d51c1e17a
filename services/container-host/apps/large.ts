/** Streams `?bytes=` octets (default 1 MB), no faster than they are read. Each is its position's last octet. */
import type { Server } from "node:http";
import { Readable } from "node:stream";

const CHUNK = Buffer.from(Uint8Array.from({ length: 65_536 }, (_, position) => position & 0xff));

export function large(server: Server): void {
  server.on("request", (request, response) => {
    const { searchParams } = new URL(request.url ?? "/", "http://app");
    const bytes = Number(searchParams.get("bytes") ?? 1 << 20);
    response.writeHead(200, { "content-type": "application/octet-stream", "content-length": bytes });
    const body = Readable.from(request.method === "HEAD" ? [] : chunks(bytes), { objectMode: false });
    body.pipe(response);
    response.once("close", () => body.destroy());
  });
}

function* chunks(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= CHUNK.length) yield CHUNK.subarray(0, Math.min(left, CHUNK.length));
}
