/** What passes through an edge, and through two, as it came: bodies, trailers, streams, HTTP/2 and WebSockets. */
import { createHash } from "node:crypto";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { Readable } from "node:stream";
import { WebSocket } from "ws";
import { DEFAULT_LIMITS } from "../../../../../services/node-agent/haproxy/settings";
import { removeTempDirs } from "../../../../support/temp-dir";
import { until } from "../../../../support/until";
import { ask, raw, received, seen, seenIn, statusOf } from "./clients";
import { Cluster, siblingsOf, sites } from "./cluster";
import { ZONE } from "./edge";
import type { Seen } from "./origin";

jest.setTimeout(25_000);

/** Stays in cluster `free`. */
const HERE = `shop.anna.${ZONE}`;
/** Has moved to `pro`. */
const AWAY = `shop.berta.${ZONE}`;
let free: Cluster;
let pro: Cluster;

beforeAll(async () => {
  const { port, sites: all } = await sites("free", "pro");
  const maps = { tombstones: { berta: "pro" } };
  free = await Cluster.start(all.free, { port, siblings: siblingsOf(all.free, all), maps });
  pro = await Cluster.start(all.pro, { port, siblings: siblingsOf(all.pro, all) });
  await free.edge.siblingsAnswer();
});
afterAll(async () => {
  await Promise.all([free, pro].map(async (cluster) => await cluster.stop()));
  removeTempDirs();
});

describe.each([
  ["one edge", HERE],
  ["two edges", AWAY],
])("through %s", (_, host) => {
  test("chunked bodies come with their trailers, both ways", async () => {
    const chunks = "5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nx-sum: 11\r\n\r\n";
    const head = `POST / HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\nTrailer: x-sum\r\n\r\n`;
    const answer = await raw(free.hosting, head + chunks, 500);
    expect(seenIn(answer)).toMatchObject({ bytes: 11, trailers: { "x-sum": "11" } });
    expect(answer).toMatch(/\r\n0\r\nx-sum: 11\r\n\r\n$/);
  });

  test("HTTP/2 with prior knowledge is served, body and headers intact", async () => {
    const session = connectHttp2(`http://${free.hosting.host}:${free.hosting.port}`);
    const stream = session.request({ ":method": "POST", ":path": "/h2?x=1", ":authority": host, "x-odd": "1" });
    stream.end("hello");
    let body = "";
    for await (const chunk of stream) body += String(chunk);
    session.destroy();
    const request = JSON.parse(body) as Seen;
    expect(request).toMatchObject({ method: "POST", url: "/h2?x=1", bytes: 5 });
    expect(request.headers).toMatchObject({ host, "x-odd": "1", "x-hosted-name": host });
  });

  test("an upload of 50 MB is streamed: the server has the first of it before the last is sent", async () => {
    const chunk = Buffer.alloc(1_000_000, "x");
    const hash = createHash("sha256");
    const body = Readable.from(
      (async function* () {
        for (let sent = 0; sent < 50; sent++) {
          hash.update(chunk);
          yield chunk;
          if (sent === 25) await until("the server began", () => requestsAt(host).includes("/upload"), 5000);
        }
      })(),
    );
    const request = await seen(free.hosting, host, { method: "PUT", path: "/upload", body });
    expect(request).toMatchObject({ bytes: 50_000_000, sha256: hash.digest("hex") });
  });

  test("server-sent events come as they are sent", async () => {
    const socket = connect(free.hosting);
    socket.write(`GET /events HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    const first = await new Promise<string>((resolve) => {
      let text = "";
      socket.on("data", (data) => {
        text += String(data);
        if (text.includes("first")) resolve(text);
      });
    });
    expect(first).not.toContain("second");
    expect(await received(socket, 2000)).toContain("second");
  });

  test("WebSockets carry text and binary both ways, and their close code", async () => {
    const socket = new WebSocket(`ws://${free.hosting.host}:${free.hosting.port}/socket?x=1`, { headers: { host } });
    const messages: [string, boolean][] = [];
    socket.on("message", (data: Buffer, isBinary) => messages.push([data.toString("latin1"), isBinary]));
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    socket.send("hello");
    socket.send(Buffer.from([0, 255]));
    await until("three messages", () => messages.length === 3, 5000);
    expect(JSON.parse(messages[0]?.[0] ?? "")).toMatchObject({
      url: "/socket?x=1",
      headers: { "x-hosted-name": host },
    });
    expect(messages.slice(1)).toEqual([
      ["hello", false],
      ["\u0000\u00ff", true],
    ]);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.close(4001, "done");
    expect(await closed).toBe(4001);
  });

  test("Expect: 100-continue is answered, and the body follows", async () => {
    const head = `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`;
    const socket = connect(free.hosting);
    socket.write(head);
    await new Promise<void>((resolve) =>
      socket.once("data", (data) => (expect(statusOf(String(data))).toBe(100), resolve())),
    );
    socket.write("hello");
    expect(seenIn(await received(socket, 1000))).toMatchObject({ bytes: 5 });
  });

  test("header names' order, repetitions and odd values stay", async () => {
    const headers = ["accept: a", "x-one: 1", 'x-two: \u00e4"\\', "x-one: 2", "cookie: a=1; b=2"];
    const text = `GET / HTTP/1.1\r\nHost: ${host}\r\n${headers.join("\r\n")}\r\nConnection: close\r\n\r\n`;
    const { rawHeaders } = seenIn(await raw(free.hosting, Buffer.from(text, "latin1")));
    const lines = rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1]}`] : []));
    expect(lines.filter((line) => /^(accept|x-one|x-two|cookie)/.test(line))).toHaveLength(5);
  });

  test("heads of the largest size fit with what each edge adds", async () => {
    const { headerBytes, uriBytes } = DEFAULT_LIMITS;
    const path = `/${"p".repeat(uriBytes - 1)}`;
    const request = await seen(free.hosting, host, { path, headers: { "x-large": "x".repeat(headerBytes - 200) } });
    expect(request.url).toBe(path);
    expect(request.headers["x-large"]).toHaveLength(headerBytes - 200);
  });

  test("a download goes on when its user moves, and when they move back", async () => {
    const user = host.split(".")[1] ?? "";
    const at = host === HERE ? ["pro", "-"] : ["-", "pro"];
    const download = ask(free.hosting, host, { path: "/download" });
    await until("it began", () => requestsAt(host).includes("/download"), 5000);
    for (const cluster of at) await free.edge.set("tombstones", user, cluster);
    expect((await download).body).toHaveLength(20 * 65_536);
  });
});

function requestsAt(host: string): readonly string[] {
  return (host === HERE ? free : pro).origins[0]?.requests ?? [];
}

describe("requests that could be read as two", () => {
  const smuggled = `GET /smuggled HTTP/1.1\r\nHost: ${HERE}\r\n\r\n`;
  const close = "Connection: close\r\n";
  const post = (headers: string, body: string) => `POST /outer HTTP/1.1\r\nHost: ${HERE}\r\n${headers}\r\n${body}`;

  test.each([
    ["two lengths", post("Content-Length: 0\r\nContent-Length: 44\r\n", smuggled)],
    ["two lengths in one header", post("Content-Length: 0, 44\r\n", smuggled)],
    ["a negative length", post("Content-Length: -1\r\n", smuggled)],
    ["a length with a sign", post("Content-Length: +0\r\n", smuggled)],
    ["a length in hexadecimal", post("Content-Length: 0x2c\r\n", smuggled)],
    ["an unknown transfer coding", post("Transfer-Encoding: xchunked\r\n", `0\r\n\r\n${smuggled}`)],
    ["chunked not last", post("Transfer-Encoding: chunked, identity\r\n", `0\r\n\r\n${smuggled}`)],
    ["a chunk's length too large", post("Transfer-Encoding: chunked\r\n", `fffffffffffffffff\r\n${smuggled}`)],
    ["a blank before a colon", post("Content-Length : 44\r\n", smuggled)],
    ["a NUL in a header", post("X-Odd: a\0b\r\n", smuggled)],
    ["a bare CR in a header", post("X-Odd: a\rContent-Length: 44\r\n", smuggled)],
    ["a header without name", post(": x\r\n", smuggled)],
    ["no colon", post("Content-Length 44\r\n", smuggled)],
  ])("are refused for %s, and the connection ends", async (_, text) => {
    const before = free.origins[0]?.requests.length;
    const answer = await raw(free.hosting, text);
    expect(statusOf(answer)).toBe(400);
    expect(answer).not.toContain("/smuggled");
    expect(free.origins[0]?.requests.slice(before)).not.toContain("/smuggled");
  });

  test.each([
    [
      "both a length and chunks",
      post(`${close}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n`, `0\r\n\r\n${smuggled}`),
    ],
    ["chunks in another case", post(`${close}Transfer-Encoding: cHuNkEd\r\n`, `0\r\n\r\n${smuggled}`)],
    ["a folded header", post(`${close}X-Odd: a\r\n Content-Length: 44\r\n`, smuggled)],
  ])("are read one way at the edge and behind it: %s", async (_, text) => {
    const before = free.origins[0]?.requests.length;
    const answer = await raw(free.hosting, text);
    expect([200, 400]).toContain(statusOf(answer));
    expect(free.origins[0]?.requests.slice(before)).not.toContain("/smuggled");
  });
});
