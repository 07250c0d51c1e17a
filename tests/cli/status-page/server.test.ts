/** The page's server over real HTTP: who may talk to it, what it serves, and what it pushes. */
import { createServer } from "node:net";
import { ServiceError } from "../../../cli/control-api/failure";
import { serveStatusPage } from "../../../cli/status-page/serve";
import type { Snapshot } from "../../../cli/status-page/snapshot";
import { UsageError } from "../../../deploy/errors";
import { until } from "../../support/until";
import { openEvents } from "./support/event-client";
import type { FakeApi } from "./support/fake-api";
import { ask, QUICK, ServedPage } from "./support/served-page";

const AWAY = new ServiceError("the control API cannot be asked: connection refused", true);

let served: ServedPage;
let api: FakeApi;
beforeEach(async () => {
  served = await ServedPage.start();
  ({ api } = served);
});
afterEach(() => served.stop());

describe("the address", () => {
  test("is this machine's alone, with a token that is another each time", async () => {
    const other = await serveStatusPage({ environment: "prod", api, watching: api });
    await other.stop();
    const [first, second] = [served.url, other.url].map((url) => new URL(url));
    expect(first?.hostname).toBe("127.0.0.1");
    expect(first?.pathname).toMatch(/^\/[\w-]{32}\/$/);
    expect(first?.pathname).not.toBe(second?.pathname);
    // Not even another of this machine's own addresses.
    await expect(ask(`http://127.0.0.2:${first?.port}/`)).rejects.toThrow("ECONNREFUSED");
  });

  test.each(["", "events", "page.mjs", "move"])("without the token has nothing: /%s", async (path) => {
    const { origin } = new URL(served.url);
    for (const url of [`${origin}/${path}`, `${origin}/${"a".repeat(32)}/${path}`]) {
      const { status, body } = await ask(url);
      expect(status).toBe(404);
      expect(body).toContain("not the address that the command has printed");
    }
  });

  test.each(["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example:8080"])(
    "under another name is refused, so that no website can make its own point here: %s",
    async (host) => {
      const { status } = await ask(served.url, { host });
      expect(status).toBe(421);
    },
  );

  test.each(["localhost:9000", "127.0.0.1:9000", "[::1]:9000", "LOCALHOST"])("may be a tunnel's: %s", async (host) => {
    expect((await ask(served.url, { host })).status).toBe(200);
  });

  test("may have a port of one's choice, which is told when it is taken", async () => {
    const holder = createServer().listen(0, "127.0.0.1");
    await until("it listens", () => holder.listening);
    const { port } = holder.address() as { port: number };
    const options = { environment: "prod", api, watching: api, port };
    await expect(serveStatusPage(options)).rejects.toThrow(
      new UsageError(`--port: ${port} is taken; give another, or none for a free one`),
    );
    await new Promise((resolve) => holder.close(resolve));
    const other = await serveStatusPage(options);
    expect(new URL(other.url).port).toBe(String(port));
    await other.stop();
  });
});

describe("the page", () => {
  test("may load and talk to nothing but its own files", async () => {
    const { status, headers, body } = await ask(served.url);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
      "cross-origin-resource-policy": "same-origin",
    });
    const policy = String(headers["content-security-policy"]).split("; ");
    expect(policy).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]),
    );
    expect(policy.join()).not.toContain("unsafe");
    expect(body).not.toMatch(/https?:\/\/|<style|\sstyle=|\son\w+=|<script[^>]*>[^<]/);
  });

  test.each([
    ["style.css", "text/css; charset=utf-8"],
    ["page.mjs", "text/javascript; charset=utf-8"],
    ["icon.svg", "image/svg+xml"],
  ])("has %s", async (file, type) => {
    const { status, headers } = await ask(`${served.url}${file}`);
    expect({ status, type: headers["content-type"] }).toEqual({ status: 200, type });
  });

  test.each(["../server.ts", "..%2fserver.ts", "%2e%2e/serve.ts", "nothing.js"])(
    "has no other file: %s",
    async (file) => {
      expect((await ask(`${served.url}${file}`)).status).toBe(404);
    },
  );
});

describe("what is pushed", () => {
  test("is the state at once, and again when it has changed, to everybody by the same looks", async () => {
    const [one, two] = [await served.events(), await served.events()];
    expect(one.response.headers["content-type"]).toBe("text/event-stream");
    for (const client of [one, two]) {
      expect((await client.message<Snapshot>("picture")).verdict.text).toBe("All 4 failure domains are healthy.");
    }
    const before = api.looks;
    api.nodes = api.nodes.map((node) => ({ ...node, live: false }));
    for (const client of [one, two])
      await client.message<Snapshot>("picture", ({ verdict }) => verdict.level === "bad");
    const states = () =>
      Math.max(...[one, two].map(({ messages }) => messages.filter(({ event }) => event === "state").length));
    expect(api.looks - before).toBeLessThanOrEqual(states());
    expect(one.messages.filter(({ event }) => event === "picture")).toHaveLength(2);
  });

  test("says when the control API is away, why, and how old the picture is; and when it is back", async () => {
    const client = await served.events();
    await client.message<Snapshot>("picture");
    api.failure = AWAY;
    interface State {
      ageMs: number;
      away?: { forMs: number; message: string };
    }
    const away = await client.message<State>("state", (state) => state.away !== undefined && state.away.forMs > 50);
    expect(away.away?.message).toBe(AWAY.message);
    expect(away.ageMs).toBeGreaterThanOrEqual(away.away?.forMs ?? Infinity);
    api.failure = undefined;
    const { length } = client.messages;
    await until("it is back", () =>
      client.messages.slice(length).some(({ event, data }) => event === "state" && !(data as State).away),
    );
  });

  test("ends the looking when nobody listens any more", async () => {
    const client = await served.events();
    await client.message("picture");
    client.close();
    let seen = -1;
    await until("no more looks", async () => {
      if (seen === api.looks) return true;
      seen = api.looks;
      await new Promise((resolve) => setTimeout(resolve, 5 * QUICK.calm));
      return false;
    });
  });

  test("ends with a word when the command ends", async () => {
    const client = await served.events();
    await client.message("picture");
    await served.stopServing();
    await client.ended;
    expect(client.messages.at(-1)?.event).toBe("end");
    await expect(ask(served.url)).rejects.toThrow("ECONNREFUSED");
  });

  test("is for so many browsers and no more", async () => {
    for (let viewer = 0; viewer < 32; viewer += 1) await served.events();
    const { status, body } = await ask(`${served.url}events`);
    expect({ status, body }).toEqual({ status: 503, body: expect.stringContaining("close some") as string });
  });
});

describe("a control API that is away at the start", () => {
  test("is no reason not to serve", async () => {
    api.failure = AWAY;
    const other = await serveStatusPage({ environment: "prod", api, watching: api, intervals: QUICK });
    const client = await openEvents(`${other.url}events`);
    const state = await client.message<{ ageMs?: number; away?: object }>("state");
    expect(state).toMatchObject({ away: { message: AWAY.message } });
    expect(state.ageMs).toBeUndefined();
    client.close();
    await other.stop();
  });

  test("because there is no token is told instead of served", async () => {
    api.failure = new UsageError("there is no token");
    await expect(serveStatusPage({ environment: "prod", api, watching: api })).rejects.toThrow(api.failure);
  });
});

describe("units", () => {
  test("are in the picture where there is a source, and a source that fails is no failure of the control API", async () => {
    const units = jest.fn(() => Promise.reject<never>(new Error("the local cloud does not answer")));
    const other = await serveStatusPage({ environment: "sandbox", api, watching: api, units, intervals: QUICK });
    const client = await openEvents(`${other.url}events`);
    const { units: panel, verdict } = await client.message<Snapshot>("picture");
    expect(panel?.trouble).toBe("the local cloud does not answer");
    expect(verdict.level).toBe("good");
    client.close();
    await other.stop();
  });
});
