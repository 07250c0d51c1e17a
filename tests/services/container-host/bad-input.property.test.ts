/** Whatever comes to a host's port, and whatever comes back of an app: it is answered or cut off, and the host goes on. */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { connect, type AddressInfo } from "node:net";
import fc from "fast-check";
import { Lease } from "../../../services/container-host/pool/lease";
import { AppListener } from "../../../services/container-host/proxy/listener";
import { closed } from "../../support/closed";
import { until } from "../../support/until";
import { ZONE } from "./support/host";

jest.setTimeout(60_000);

let app: Server;
let listener: AppListener;
/** What the app answers to any request. */
let answer: Buffer;
const faults: unknown[] = [];
let leases = 0;

beforeAll(async () => {
  app = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.end(answer));
  }).listen(0, "127.0.0.1");
  await once(app, "listening");
  const { port } = app.address() as AddressInfo;
  const address = { host: "127.0.0.1", port };
  const gone = Promise.resolve();
  listener = new AppListener({
    admission: {
      admit: () => {
        leases++;
        const open = new Set([0]);
        const release = () => void (open.delete(0) && leases--);
        return Promise.resolve(new Lease({ startId: "1", process: "1", address, gone }, release));
      },
    },
    zone: ZONE,
    cluster: "free",
    node: "host-1",
    onFault: (error) => faults.push(error),
  });
  listener.server.listen(0, "127.0.0.1");
  await once(listener.server, "listening");
});
afterAll(async () => {
  listener.server.close();
  listener.server.closeAllConnections();
  app.close();
  await Promise.all([once(listener.server, "close"), once(app, "close")]);
});

/** How long a client waits that has sent what may be no whole request. */
const PATIENCE_MS = 200;

/** Sends octets; resolves with what has come back when the connection is closed, or nothing comes for a while. */
async function send(octets: Buffer): Promise<string> {
  const { port } = listener.server.address() as AddressInfo;
  const socket: Socket = connect(port, "127.0.0.1");
  const parts: Buffer[] = [];
  socket.on("data", (part: Buffer) => parts.push(part)).on("error", () => undefined);
  socket.write(octets);
  socket.setTimeout(PATIENCE_MS, () => socket.destroy());
  await closed(socket);
  return Buffer.concat(parts).toString("latin1");
}

const GOOD = Buffer.from("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
const request = (method: string, path: string, fields: string, body = "") =>
  Buffer.from(
    `${method} ${path} HTTP/1.1\r\nhost: a\r\nx-hosted-name: echo.alice.${ZONE}\r\n${fields}\r\n${body}`,
    "latin1",
  );

async function goesOn(): Promise<void> {
  answer = GOOD;
  expect(await send(request("GET", "/", "connection: close\r\n"))).toMatch(/^HTTP\/1.1 200 /);
  expect(faults).toEqual([]);
  await until("the end of all requests", () => leases === 0, 10_000);
}

const octet = fc.integer({ min: 0, max: 255 });
const noise = fc.array(octet, { maxLength: 60 }).map((octets) => Buffer.from(octets).toString("latin1"));
const token = fc.constantFrom(
  "connection",
  "upgrade",
  "te",
  "expect",
  "trailer",
  "content-length",
  "transfer-encoding",
  "x-served-by",
);
const value = fc.oneof(
  noise,
  fc.constantFrom(
    "close",
    "upgrade",
    "websocket",
    "h2c",
    "chunked",
    "gzip, chunked",
    "100-continue",
    "0",
    "5",
    "-1",
    "1e3",
    "trailers",
    "x-served-by, host",
  ),
);
const fields = fc
  .array(fc.tuple(fc.oneof(token, noise), value), { maxLength: 4 })
  .map((pairs) => pairs.map(([name, content]) => `${name}: ${content}\r\n`).join(""));
const method = fc.oneof(fc.constantFrom("GET", "POST", "HEAD", "OPTIONS", "CONNECT", "PATCH", "PRI"), noise);
const path = fc.oneof(fc.constantFrom("/", "*", "//", "http://b/", "/%00", "/\u00ff", "?"), noise);

it("requests of any make", async () => {
  answer = GOOD;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(method, path, fields, noise), { minLength: 30, maxLength: 30 }),
      async (many) => {
        const answers = await Promise.all(many.map((parts) => send(request(...parts))));
        for (const each of answers.filter((text) => text !== "")) expect(each).toMatch(/^HTTP\/1\.1 \d{3} /);
      },
    ),
    { numRuns: 30 },
  );
  await goesOn();
});

it("answers of any make", async () => {
  const statuses = fc.oneof(
    fc.constantFrom("200 OK", "101 Switching Protocols", "100 Continue", "204 No Content", "999 x", "20"),
    noise,
  );
  await fc.assert(
    fc.asyncProperty(
      statuses,
      fields,
      noise,
      fc.constantFrom("GET", "HEAD", "POST"),
      async (status, sent, body, by) => {
        answer = Buffer.from(`HTTP/1.1 ${status}\r\n${sent}\r\n${body}`, "latin1");
        const isPost = by === "POST";
        const length = isPost ? "content-length: 2\r\n" : "";
        const answers = await send(request(by, "/", `connection: close\r\n${length}`, isPost ? "ab" : ""));
        if (answers !== "") expect(answers).toMatch(/^HTTP\/1\.1 \d{3} /);
      },
    ),
    { numRuns: 150 },
  );
  await goesOn();
});

it("handshakes that are answered with anything", async () => {
  const handshake = "connection: upgrade\r\nupgrade: websocket\r\n";
  await fc.assert(
    fc.asyncProperty(fields, noise, noise, async (sent, body, head) => {
      answer = Buffer.from(`HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n${sent}\r\n${body}`, "latin1");
      await send(request("GET", "/", handshake, head));
    }),
    { numRuns: 60 },
  );
  await goesOn();
});
