import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { openPool } from "../../../services/resolution/store/database";
import { removeTempDirs, tempDir } from "../../support/temp-dir";

afterEach(removeTempDirs);

const PORT = 5432;

/** A message of PostgreSQL's protocol: type, length, body. */
function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

const AUTHENTICATED = message("R", Buffer.alloc(4));
const READY = message("Z", Buffer.from("I"));
const SHUT_DOWN = message("E", Buffer.from("SFATAL\0C57P01\0Mterminating connection\0\0"));

test("a server that dies just as a connection has been made does not end the process", async () => {
  const folder = tempDir();
  // All at once, so that the end comes before whoever asked for the connection has had a turn.
  const welcome = (socket: Socket) =>
    socket.once("data", () => socket.end(Buffer.concat([AUTHENTICATED, READY, SHUT_DOWN])));
  const server = createServer(welcome);
  server.listen(join(folder, `.s.PGSQL.${PORT}`));
  await once(server, "listening");
  const pool = openPool({ host: folder, port: PORT, user: "u", database: "d" });
  try {
    const client = await pool.connect();
    await expect(client.query("select 1")).rejects.toThrow();
    client.release(true);
  } finally {
    await pool.end();
    server.close();
  }
});
