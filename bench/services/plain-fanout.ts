/**
 * What telling a thousand nodes costs without a store, order or memory: a Node server that writes what is published to all who
 * follow, and takes their acknowledgements. `plain-fanout.ts <port>`; runs until it is stopped.
 */
import { createServer, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";

function main(port: number): void {
  const followers = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    if (request.url?.startsWith("/v1/feed")) {
      followers.add(response);
      response.once("close", () => followers.delete(response));
      response.write("\n");
      return;
    }
    void text(request).then((body) => {
      if (request.url === "/publish") for (const follower of followers) follower.write(body);
      response.writeHead(204).end();
    });
  });
  process.once("SIGTERM", () => {
    server.close();
    server.closeAllConnections();
  });
  server.listen(port, "127.0.0.1");
}

main(Number(process.argv[2]));
