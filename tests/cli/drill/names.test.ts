import { Names, type Ask } from "../../../cli/drill/load/names";
import type { NameServer } from "../../../cli/live/names";

const SERVERS: NameServer[] = ["127.20.1.1", "127.20.1.2"].map((host, index) => ({
  name: `ns${index}`,
  host,
  port: 53,
}));

function visitor(answers: (server: NameServer) => Promise<{ addresses: string[]; ttl: number }>, first = 0) {
  const asked: string[] = [];
  const counts = { questions: 0, byAnother: 0, unanswered: 0 };
  let now = 0;
  const ask: Ask = (server) => {
    asked.push(server.host);
    return answers(server);
  };
  const names = new Names(SERVERS, first, counts, ask, () => now);
  return { names, asked, counts, later: (ms: number) => (now += ms) };
}

const answer = (address: string, ttl = 5) => Promise.resolve({ addresses: [address], ttl });

test("an answer is kept for its TTL and not a moment longer", async () => {
  const { names, asked, later } = visitor(() => answer("127.20.1.9"));
  expect(await names.addressOf("hello.ann.test")).toBe("127.20.1.9");
  later(4_999);
  await names.addressOf("hello.ann.test");
  expect(asked).toEqual(["127.20.1.1"]);
  later(1);
  await names.addressOf("hello.ann.test");
  expect(asked).toEqual(["127.20.1.1", "127.20.1.1"]);
});

test("visitors begin with different servers, and ask the next where one does not answer", async () => {
  const dead = (server: NameServer) =>
    server.name === "ns1" ? Promise.reject(new Error("ETIMEOUT")) : answer("127.20.1.9");
  const { names, asked, counts } = visitor(dead, 3);
  expect(await names.addressOf("hello.ann.test")).toBe("127.20.1.9");
  expect(asked).toEqual(["127.20.1.2", "127.20.1.1"]);
  expect(counts).toEqual({ questions: 1, byAnother: 1, unanswered: 0 });
});

test("a name that nobody answers fails with what each server said, and is asked for again", async () => {
  const { names, counts } = visitor(() => Promise.reject(new Error("ETIMEOUT")));
  await expect(names.addressOf("hello.ann.test")).rejects.toThrow("DNS: 127.20.1.1: ETIMEOUT, 127.20.1.2: ETIMEOUT");
  await expect(names.addressOf("hello.ann.test")).rejects.toThrow("DNS");
  expect(counts).toEqual({ questions: 2, byAnother: 0, unanswered: 2 });
});

test("requests that wait for the same name make one question", async () => {
  const { names, asked } = visitor(() => answer("127.20.1.9"));
  await Promise.all([1, 2, 3].map(() => names.addressOf("hello.ann.test")));
  expect(asked).toHaveLength(1);
});
