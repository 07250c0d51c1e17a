import { retryAfterSeconds, send, type SendPolicy } from "../../../services/http/send";
import { StubServer } from "./stub-server";

const POLICY: SendPolicy = { timeoutMs: 5_000, attempts: 3, backoff: { baseMs: 1, maxMs: 2 } };

let server: StubServer;
beforeAll(async () => void (server = await StubServer.start()));
afterAll(() => server.stop());

const ask = (policy: Partial<SendPolicy> = {}, init: RequestInit = {}) =>
  send(new URL("/path?user=jane", server.url), init, { ...POLICY, ...policy });

describe("a request", () => {
  it.each([200, 204, 304, 400, 404, 409])(
    "is answered with %i, whatever that means, and not repeated",
    async (status) => {
      server.replyWith({ status });
      expect((await ask()).status).toBe(status);
      expect(server.asked).toHaveLength(1);
    },
  );

  it.each([408, 429, 500, 502, 503, 504])("that is answered with %i is repeated", async (status) => {
    server.replyWith({ status }, { status: 200, body: "there" });
    expect(await ask()).toMatchObject({ status: 200, text: "there" });
    expect(server.asked).toHaveLength(2);
  });

  it("is repeated when the connection is lost", async () => {
    server.replyWith("drop", { status: 200 });
    expect((await ask()).status).toBe(200);
  });

  it("is repeated no oftener than its policy says", async () => {
    server.replyWith({ status: 503, body: "later" });
    expect(await ask()).toMatchObject({ status: 503, text: "later" });
    expect(server.asked).toHaveLength(3);
    server.replyWith("drop");
    await expect(ask({ attempts: 2 })).rejects.toThrow(`GET ${server.url}/path: `);
    expect(server.asked).toHaveLength(2);
  });

  it("ends in time, and its error names no query", async () => {
    server.replyWith("hang");
    const error = await ask({ timeoutMs: 50, attempts: 2 }).catch((reason: Error) => reason);
    expect(error).toMatchObject({
      message: expect.stringMatching(/^GET http:\/\/127\.0\.0\.1:\d+\/path: .*timeout/) as string,
    });
    expect(server.asked).toHaveLength(2);
  });

  it("follows no redirection, which could take a token elsewhere", async () => {
    server.replyWith({ status: 302, headers: { location: "http://example.org/" } });
    await expect(ask({ attempts: 1 })).rejects.toThrow("unexpected redirect");
  });

  it("waits as long as it is asked to, up to the policy's bound", async () => {
    server.replyWith({ status: 429, headers: { "retry-after": "3600" } }, { status: 200 });
    const start = performance.now();
    await ask({ backoff: { baseMs: 1, maxMs: 100 } });
    expect(performance.now() - start).toBeGreaterThanOrEqual(99);
  });
});

it.each([
  ["5", 5],
  ["0", 0],
  [undefined, undefined],
  ["Wed, 21 Oct 2026 07:28:00 GMT", undefined],
  ["-1", undefined],
])("retry-after %s is %s seconds", (text, seconds) => {
  expect(retryAfterSeconds(new Headers(text === undefined ? {} : { "retry-after": text }))).toBe(seconds);
});
