/** Counts and hashes what it is sent. */
import { createHash } from "node:crypto";
import type { Server } from "node:http";

export function upload(server: Server): void {
  server.on("request", (request, response) => {
    const hash = createHash("sha256");
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      hash.update(chunk);
    });
    request.on("end", () => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ bytes, sha256: hash.digest("hex"), trailers: request.trailers }));
    });
  });
}
