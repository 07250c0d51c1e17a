import { ConnectionLost } from "../../../../services/node-agent/knot/connection";
import { messagesOf, stepOf } from "../../../../services/node-agent/knot/plan";
import { Publisher, type Outcome } from "../../../../services/node-agent/knot/publisher";
import type { Message, Rcode } from "../../../../services/node-agent/knot/wire/message";
import { decodeName } from "../../../../services/node-agent/knot/wire/names";
import { until } from "../../../support/until";

const settings = { zone: "example.test", ttlSeconds: 60, nameServers: {} };
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

const CLASS_IN = 1;

/** A request that the test answers. */
interface Asked {
  /** Names that the update sets, less the zone. */
  readonly names: readonly string[];
  answer(rcode: Rcode): void;
  fail(): void;
}

class FakeConnection {
  readonly asked: Asked[] = [];
  /** Answers what the test does not want to answer itself. */
  automatic: ((names: readonly string[]) => Rcode) | undefined;

  exchange(encode: (id: number) => Buffer): Promise<Message> {
    const names = addedNames(encode(1));
    const message = (rcode: Rcode) => ({ id: 1, response: true, rcode, answers: [] });
    if (this.automatic !== undefined) return Promise.resolve(message(this.automatic(names)));
    return new Promise((resolve, reject) => {
      this.asked.push({
        names,
        answer: (rcode) => resolve(message(rcode)),
        fail: () => reject(new ConnectionLost("gone")),
      });
    });
  }

  /** The request at this place, once it is there. */
  async at(index: number): Promise<Asked> {
    return await until(`request ${index}`, () => this.asked[index]);
  }
}

/** Names of the records that an update without prerequisites adds, each once, without the zone and without wildcards. */
function addedNames(update: Buffer): string[] {
  const names = new Set<string>();
  for (let at = decodeName(update, 12).end + 4; at < update.length;) {
    const { name, end } = decodeName(update, at);
    if (update.readUInt16BE(end + 2) === CLASS_IN) names.add(name.replace(/^\*\./, "").replace(".example.test", ""));
    at = end + 10 + update.readUInt16BE(end + 8);
  }
  return [...names];
}

function setUp() {
  const connection = new FakeConnection();
  const publisher = new Publisher(connection, settings.zone, silent, () => undefined);
  const outcomes = new Map<string, Outcome>();
  const publish = (...changes: readonly (readonly [key: string, value: unknown])[]) => {
    const steps = changes.map(([key, value]) => stepOf(settings, { key, value }));
    return publisher.publish(messagesOf(steps), ({ key }, outcome) => outcomes.set(key, outcome));
  };
  return { connection, publisher, outcomes, publish };
}

/** Lets everything run that does not wait for an answer. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

const toPaid = { cluster: "paid" };
const toFree = { cluster: "free" };
const address = { ipv4: "192.0.2.1" };

test("changes of different users are in flight together, and each call ends with its own", async () => {
  const { connection, publish } = setUp();
  const ended: string[] = [];
  const first = publish(["user/a", toPaid]).then(() => ended.push("a"));
  const second = publish(["user/b", toPaid]).then(() => ended.push("b"));
  (await connection.at(1)).answer("NOERROR");
  await second;
  expect(ended).toEqual(["b"]);
  (await connection.at(0)).answer("NOERROR");
  await first;
});

test("a second change of a user waits for the first, even while that one fails", async () => {
  const { connection, publish } = setUp();
  const first = publish(["user/a", toPaid]);
  const second = publish(["user/a", toFree]);
  await settled();
  expect(connection.asked).toHaveLength(1);
  (await connection.at(0)).fail();
  const again = await connection.at(1);
  await settled();
  expect(connection.asked).toHaveLength(2);
  again.answer("NOERROR");
  await first;
  (await connection.at(2)).answer("NOERROR");
  await second;
});

test("a zone-wide change waits for all before it, and all after it wait", async () => {
  const { connection, publish } = setUp();
  const all = publish(["user/a", toPaid], ["zone", { defaultCluster: "paid" }], ["user/b", toPaid]);
  await settled();
  expect(connection.asked.map(({ names }) => names)).toEqual([["a"]]);
  (await connection.at(0)).answer("NOERROR");
  (await connection.at(1)).answer("NOERROR");
  const last = await connection.at(2);
  expect(connection.asked.map(({ names }) => names)).toEqual([["a"], ["example.test"], ["b"]]);
  last.answer("NOERROR");
  await all;
});

test("a change that Knot refuses for good is found among others, which are published", async () => {
  const { connection, outcomes, publish } = setUp();
  connection.automatic = (names) => (names.includes("u13") ? "FORMERR" : "NOERROR");
  await publish(...Array.from({ length: 40 }, (_, index) => [`user/u${index}`, toPaid] as const));
  const refused = [...outcomes].filter(([, outcome]) => outcome === "refused").map(([key]) => key);
  expect(refused).toEqual(["user/u13"]);
  expect(outcomes.size).toBe(40);
});

test("a change that fails again and again keeps no other from being published, and is not given up", async () => {
  const { connection, outcomes, publish } = setUp();
  let broken = true;
  connection.automatic = (names) => (broken && names.includes("u3") ? "SERVFAIL" : "NOERROR");
  const all = publish(...Array.from({ length: 8 }, (_, index) => [`user/u${index}`, toPaid] as const));
  await until("seven published", () => outcomes.size === 7);
  expect(outcomes.has("user/u3")).toBe(false);
  await publish(["user/later", toPaid]);
  broken = false;
  await all;
  expect(outcomes.get("user/u3")).toBe("published");
});

test("zone-wide changes stay in order when they are tried one by one", async () => {
  const { connection, outcomes, publish } = setUp();
  const seen: string[] = [];
  connection.automatic = (names) => {
    if (names.length > 1) return "FORMERR";
    seen.push(...names);
    return names[0] === "b.clusters" ? "FORMERR" : "NOERROR";
  };
  await publish(["cluster/a", address], ["cluster/b", address], ["cluster/c", address]);
  expect(seen).toEqual(["a.clusters", "b.clusters", "c.clusters"]);
  expect([...outcomes.values()]).toEqual(["published", "refused", "published"]);
});

test("what is not published when the driver stops is rejected, and nothing more is sent", async () => {
  const { connection, publisher, publish } = setUp();
  const running = publish(["user/a", toPaid]);
  const waiting = publish(["user/a", toFree]);
  const asked = await connection.at(0);
  publisher.stop();
  asked.fail();
  await expect(running).rejects.toThrow("was stopped");
  await expect(waiting).rejects.toThrow("was stopped");
  await expect(publish(["user/b", toPaid])).rejects.toThrow("was stopped");
  expect(connection.asked).toHaveLength(1);
});

test("no changes are published at once", async () => {
  const { connection, publish } = setUp();
  await publish();
  expect(connection.asked).toHaveLength(0);
});
