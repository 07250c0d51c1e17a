/** The feed and its acknowledgements over HTTP, between a node and a listening server. */
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { feedLine, FEED_MEDIA_TYPE, type FeedLine } from "../../../../services/contracts/feed";
import { until } from "../../../support/until";
import { TestApi } from "./support/api";
import { mismatch, operations } from "./support/document";

// Starting PostgreSQL takes a while on a machine that is busy with other tests.
jest.setTimeout(30_000);

let api: TestApi;
let url: string;
beforeAll(async () => {
  api = await TestApi.start();
  url = await api.app.listen({ port: 0, host: "127.0.0.1" });
});
afterAll(async () => api.stop());

/** A node that follows the feed of `edge:free`. */
class Follower {
  readonly lines: FeedLine[] = [];
  readonly incarnation = randomUUID();
  readonly closing = new AbortController();
  ended = false;

  async open(name: string): Promise<Response> {
    const query = new URLSearchParams({ kind: "edge", cluster: "free", node: name, incarnation: this.incarnation });
    const headers = { authorization: `Bearer ${await api.token("edge of free")}` };
    const response = await fetch(`${url}/v1/feed?${query.toString()}`, { headers, signal: this.closing.signal });
    void this.read(response)
      .catch(() => undefined)
      .finally(() => (this.ended = true));
    return response;
  }

  async acknowledge(name: string, revision: number): Promise<number> {
    const body = { kind: "edge", cluster: "free", incarnation: this.incarnation, revision, requested: ["jane"] };
    return (await api.as("edge of free", "POST", `/v1/nodes/${name}/acknowledgements`, { body })).statusCode;
  }

  private async read(response: Response): Promise<void> {
    const text = Readable.fromWeb(response.body!);
    for await (const line of createInterface(text)) {
      if (line !== "") this.lines.push(feedLine.parse(JSON.parse(line)));
    }
  }
}

async function nodes(): Promise<{ name: string; live: boolean; lag: number }[]> {
  const { items } = (await api.as("operator", "GET", "/v1/nodes")).json<{
    items: { name: string; live: boolean; lag: number }[];
  }>();
  return items;
}

describe("a node's feed", () => {
  it("brings what there is, what comes, and takes the node's acknowledgement", async () => {
    const follower = new Follower();
    const response = await follower.open("e1");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe(FEED_MEDIA_TYPE);
    expect(response.headers.get("cache-control")).toBe("no-store");
    const live = await until("the present", () => follower.lines.find(({ type }) => type === "live"));
    const known = follower.lines.flatMap((line) => (line.type === "entry" ? [line.key] : []));
    expect(known).toContain("cluster/pro");
    const schema = operations.find(({ id }) => id === "followFeed")?.responses["200"]?.content?.[FEED_MEDIA_TYPE]
      ?.schema;
    for (const line of follower.lines) expect(mismatch(schema ?? {}, line)).toBeUndefined();
    expect((await nodes()).map(({ name, live, lag }) => [name, live, lag > 0])).toEqual([["e1", true, true]]);
    expect(await follower.acknowledge("e1", live.type === "live" ? live.revision : 0)).toBe(204);
    expect((await nodes()).map(({ name, lag }) => [name, lag])).toEqual([["e1", 0]]);
    follower.closing.abort();
    await until("the node to be gone", async () => (await nodes()).every(({ live }) => !live));
  });

  it("ends when another process opens it in the node's name, whose acknowledgements alone count from then on", async () => {
    const [first, second] = [new Follower(), new Follower()];
    await first.open("e2");
    await until("the first", () => first.lines.length > 0);
    await second.open("e2");
    await until("the first to end", () => first.ended);
    expect(await first.acknowledge("e2", 1)).toBe(404);
    expect(await second.acknowledge("e2", 1)).toBe(204);
    second.closing.abort();
  });

  it("takes no acknowledgement of a node that is not known", async () => {
    expect(await new Follower().acknowledge("e3", 1)).toBe(404);
  });

  it("ends with the server", async () => {
    const follower = new Follower();
    await follower.open("e4");
    await until("the follower", () => follower.lines.length > 0);
    expect(api.deviations).toEqual([]);
    await api.stop();
    await until("its end", () => follower.ended);
  });
});
