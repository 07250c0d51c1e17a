import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { FeedFollower } from "../../../../services/contracts/follow";
import { until } from "../../../support/until";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

describe("a follower whose request the garbage collector has taken", () => {
  it("gives a silent connection up in time, and stops at once", async () => {
    // Answers, and then says nothing more.
    const server = createServer((_request, response) => void response.writeHead(200).write("\n")).listen(
      0,
      "127.0.0.1",
    );
    await once(server, "listening");
    const attempts: string[] = [];
    const follower = new FeedFollower({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      token: () => Promise.resolve("token"),
      kind: "dns",
      node: "dns-1",
      incarnation: randomUUID(),
      after: () => 0,
      onLines: () => Promise.resolve(),
      timings: { silenceMs: 500, backoff: { baseMs: 1, maxMs: 1 } },
      log: { info: (_fields, message) => attempts.push(message), warn: () => undefined },
    });
    follower.start();
    try {
      await until("a connection", () => attempts.length === 1);
      for (let round = 0; round < 5; round++) collectGarbage();
      await until("another connection", () => attempts.length === 2, 5_000);
      for (let round = 0; round < 5; round++) collectGarbage();
    } finally {
      await follower.stop();
      server.closeAllConnections();
      server.close();
    }
  });
});
