import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { freePort } from "./free-port";
import { Link } from "./link";

let server: Server;
let link: Link;
/** Bodies that have arrived. */
let received: string[];

beforeEach(async () => {
  received = [];
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      received.push(body);
      response.end(`took ${body}`);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  link = await Link.open([await freePort(), (server.address() as AddressInfo).port]);
});

afterEach(async () => {
  await link.close();
  server.close();
  server.closeAllConnections();
});

async function post(body: string, url = link.url): Promise<string> {
  return await (await fetch(url, { method: "POST", body })).text();
}

describe("the link between nodes and the control API", () => {
  it("passes over a replica that is down", async () => {
    expect([await post("one"), await post("two")]).toEqual(["took one", "took two"]);
  });

  it("holds what clients say until it is released", async () => {
    await post("one");
    link.hold();
    const answer = post("two");
    // What is said past it overtakes.
    await post("three", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    expect(received).toEqual(["one", "three"]);
    link.release();
    expect(await answer).toBe("took two");
  });

  it("refuses everybody while it is cut", async () => {
    await post("one");
    link.cut();
    await expect(post("two")).rejects.toThrow("fetch failed");
    link.mend();
    expect(await post("three")).toBe("took three");
    expect(received).toEqual(["one", "three"]);
  });
});
