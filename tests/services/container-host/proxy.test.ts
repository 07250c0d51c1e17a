/** What passes through a host: every part of a request and of its answer, as it comes, and nothing else. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { request, type ClientRequest, type IncomingMessage } from "node:http";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { closed } from "../../support/closed";
import { removeTempDirs } from "../../support/temp-dir";
import { until } from "../../support/until";
import { servedBy, TestHost, ZONE } from "./support/host";

jest.setTimeout(60_000);

let host: TestHost;
beforeAll(async () => (host = await TestHost.start()));
afterAll(async () => {
  await host.stop();
  removeTempDirs();
});

interface Echo {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly rawHeaders: string[];
  readonly body: string;
  readonly trailers: Record<string, string>;
}

/** Says what came instead, where an echo did not. */
function echoOf(body: string): Echo {
  if (!body.startsWith("{")) throw new Error(`no echo: ${body}`);
  return JSON.parse(body) as Echo;
}

/** A connection on which a test writes what it likes; resolves with all that comes back until it is closed. */
async function raw(text: string): Promise<string> {
  const socket = connect(host.port, "127.0.0.1");
  let answer = "";
  socket.setEncoding("latin1").on("data", (part: string) => (answer += part));
  socket.on("error", () => undefined);
  socket.write(text, "latin1");
  const timer = setTimeout(() => socket.end(), 3_000);
  await closed(socket);
  clearTimeout(timer);
  return answer;
}

describe("names", () => {
  it.each([
    undefined,
    "",
    "example.org",
    ZONE,
    `clusters.${ZONE}`,
    `a..b.${ZONE}`,
    `shop.alice.${ZONE}, x.bob.${ZONE}`,
  ])("a request that names %p is misdirected", async (name) => {
    const headers = name === undefined ? {} : { "x-hosted-name": name };
    const sent = request({ host: "127.0.0.1", port: host.port, agent: false, headers }).end();
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    expect(answer.statusCode).toBe(421);
    expect(await text(answer)).toContain("no-app");
  });

  it("every answer names cluster, node, process and start, whatever the app says", async () => {
    const answer = await host.get("echo.alice");
    const [cluster, node] = String(answer.headers["x-served-by"]).split("/");
    const { process, startId } = servedBy(answer);
    expect({ cluster, node }).toEqual({ cluster: "free", node: "host-1" });
    // The log is read on its own way, which may take longer than the answer's.
    await until("the line of its start", () => host.journal("alice").some(({ msg }) => msg === "app started"));
    expect(host.journal("alice")).toContainEqual(expect.objectContaining({ msg: "app started", process, startId }));
  });

  it("an app does not see the header that names it", async () => {
    expect(echoOf((await host.get("echo.alice")).body).headers).not.toHaveProperty("x-hosted-name");
  });
});

describe("requests", () => {
  it("keep method, path, query, host, repeated and unusual headers and their case", async () => {
    const headers = { "X-Twice": ["1", "2"], "x-CASE": "Ünï".normalize("NFC"), cookie: "a=1; b=2" };
    const answer = await host.get("echo.alice", "/a%20b/../c?x=1&x=%2F", { method: "PATCH", headers });
    const echo = echoOf(answer.body);
    expect(echo).toMatchObject({ method: "PATCH", path: "/a%20b/../c?x=1&x=%2F" });
    expect(echo.headers.host).toBe(`echo.alice.${ZONE}`);
    expect(echo.rawHeaders.join("|")).toContain("X-Twice|1|X-Twice|2|x-CASE|Ünï");
  });

  it.each(["POST", "PUT", "DELETE", "GET"])("%s without a body stays without", async (method) => {
    const { headers } = echoOf((await host.get("echo.alice", "/", { method })).body);
    expect(headers["transfer-encoding"]).toBeUndefined();
  });

  it("do not tell the app to close, whose end could then overtake that of the request", async () => {
    expect(echoOf((await host.get("echo.alice")).body).headers.connection).toBe("keep-alive");
  });

  it("carry bodies with a length, in chunks, and with trailers", async () => {
    const plain = await host.send("echo.alice", { method: "POST", headers: { "content-length": 5 } }, "hello");
    expect(echoOf(plain.body)).toMatchObject({ body: "hello", headers: { "content-length": "5" } });
    const sent = request(
      host.to("echo.alice", { method: "GET", headers: { "transfer-encoding": "chunked", trailer: "x-sum" } }),
    );
    sent.write("in ");
    sent.write("chunks");
    sent.addTrailers({ "x-sum": "42" });
    sent.end();
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    expect(echoOf(await text(answer))).toMatchObject({ body: "in chunks", trailers: { "x-sum": "42" } });
  });

  it("of 200 MB are streamed whole, and the host's memory stays what it was", async () => {
    await host.get("upload.alice");
    const before = memoryMb();
    const sent = request(host.to("upload.alice", { method: "POST" }));
    const answered = once(sent, "response") as Promise<[IncomingMessage]>;
    const hash = createHash("sha256");
    const chunk = Buffer.alloc(1 << 20, "x");
    for (let megabyte = 0; megabyte < 200; megabyte++) {
      hash.update(chunk);
      if (!sent.write(chunk)) await once(sent, "drain");
    }
    sent.end();
    const [answer] = await answered;
    expect(JSON.parse(await text(answer))).toMatchObject({ bytes: 200 << 20, sha256: hash.digest("hex") });
    expect(memoryMb() - before).toBeLessThan(60);
  });

  it("wait for the app's word before they send a body that asks for it", async () => {
    const sent = request(
      host.to("upload.alice", { method: "POST", headers: { expect: "100-continue", "content-length": 2 } }),
    );
    sent.flushHeaders();
    await once(sent, "continue");
    sent.end("ok");
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    expect(JSON.parse(await text(answer))).toMatchObject({ bytes: 2 });
  });

  it("end in the app when their client goes away", async () => {
    const sent = request(host.to("slow.alice", { path: "/?ms=60000" })).end();
    sent.on("error", () => undefined);
    await until("the request", async () => (await host.metric("requests")) > 0);
    sent.destroy();
    await until("its end", async () => (await host.metric("requests")) === 0);
  });
});

describe("answers", () => {
  it.each([
    ["HEAD", 200],
    ["GET", 204],
    ["GET", 304],
  ])("to %s with status %d have no body, and the connection goes on", async (method, status) => {
    const first = `${method} /?status=${status} HTTP/1.1\r\nhost: a\r\nx-hosted-name: echo.alice.${ZONE}\r\n\r\n`;
    const last = `GET /last HTTP/1.1\r\nhost: a\r\nx-hosted-name: echo.alice.${ZONE}\r\nconnection: close\r\n\r\n`;
    const [head, next] = (await raw(first + last)).split("\r\n\r\n");
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(next).toMatch(/^HTTP\/1.1 200 /);
  });

  it("keep an announced length where HEAD asks for it only", async () => {
    expect((await host.get("large.alice", "/?bytes=12345", { method: "HEAD" })).headers["content-length"]).toBe(
      "12345",
    );
  });

  it("come event by event", async () => {
    const sent = request(host.to("sse.alice", { path: "/?count=3&ms=200" })).end();
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    const times: number[] = [];
    answer.on("data", () => times.push(performance.now()));
    await once(answer, "end");
    expect(times.length).toBeGreaterThanOrEqual(3);
    expect((times[2] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(300);
  });

  it("are read from the app no faster than by the client", async () => {
    await host.get("large.alice", "/?bytes=1");
    const before = memoryMb();
    const { sent, answer } = await unread("large.alice", "/?bytes=4000000000");
    await until("a standstill", standstill(answer));
    expect(memoryMb() - before).toBeLessThan(60);
    sent.destroy();
    await until("its end", async () => (await host.metric("requests")) === 0);
  });

  it("that break off in the app break off for the client", async () => {
    const { answer } = await unread("large.carol", "/?bytes=4000000000");
    process.kill(Number(servedBy(answer).process), "SIGKILL");
    answer.resume();
    await expect(once(answer, "end")).rejects.toThrow("aborted");
  });

  it("of an app that dies without one are 502, and the next request starts it again", async () => {
    const first = servedBy(await host.get("echo.dave"));
    const broken = await host.get("echo.dave", "/?exit");
    expect(broken).toMatchObject({ status: 502, body: expect.stringContaining("failed") as string });
    const next = await host.get("echo.dave");
    expect(next.status).toBe(200);
    expect(servedBy(next).startId).not.toBe(first.startId);
    expect((await host.get("echo.dave", "/?exit")).status).toBe(502);
    const refused = await host.get("echo.dave");
    expect(refused).toMatchObject({ status: 502, body: expect.stringContaining("crashed") as string });
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    await until("its being started again", async () => (await host.get("echo.dave")).status === 200);
  });

  async function unread(app: string, path: string): Promise<{ sent: ClientRequest; answer: IncomingMessage }> {
    const sent = request(host.to(app, { path })).end();
    sent.on("error", () => undefined);
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    answer.on("error", () => undefined);
    return { sent, answer };
  }
});

describe("what is no request", () => {
  it.each([
    ["nonsense", "hello\r\n\r\n", 400],
    ["an endless header", `GET / HTTP/1.1\r\nhost: a\r\nx: ${"y".repeat(40_000)}\r\n\r\n`, 431],
    ["two lengths", "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", 400],
    [
      "a length and chunks",
      "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      400,
    ],
    ["no host", "GET / HTTP/1.1\r\n\r\n", 400],
  ])("%s is refused", async (_what, sent, status) => {
    expect(await raw(sent)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  it("an upgrade to another protocol is ignored, or refused with a body", async () => {
    const head = `HTTP/1.1\r\nhost: a\r\nx-hosted-name: echo.alice.${ZONE}\r\nconnection: upgrade\r\nupgrade: h2c\r\n`;
    expect(await raw(`GET / ${head}\r\n`)).toMatch(/^HTTP\/1.1 200 /);
    expect(await raw(`POST / ${head}content-length: 2\r\n\r\nab`)).toMatch(/^HTTP\/1.1 501 /);
  });
});

/** Resolves to true once no more octets come to a client that does not read. */
function standstill(answer: IncomingMessage): () => Promise<boolean> {
  let before = -1;
  return async () => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    const now = answer.socket.bytesRead;
    const stands = now === before;
    before = now;
    return stands;
  };
}

/** Resident memory of the host's process. */
function memoryMb(): number {
  const status = readFileSync(`/proc/${host.child.pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}
