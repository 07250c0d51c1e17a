/** The driver on a real HAProxy. */
import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { until } from "../../../support/until";
import { removeTempDirs } from "../../../support/temp-dir";
import { freePort, ownAddress } from "./config/addresses";
import { Origin } from "./config/origin";
import { DrivenEdge, FakeSource, moved, users, ZONE } from "./driven-edge";

jest.setTimeout(60_000);

/** Nobody listens there: requests for users who moved are answered 502 by the edge, others 503. */
const PAID = { hostingAddress: "127.255.255.1", workspaceAddress: "127.255.255.2" };
const STATE = new Map<string, unknown>([
  ["cluster/paid", PAID],
  ["tombstone/alice", { cluster: "paid" }],
  ["domain/www.alice.example", { host: `app.alice.${ZONE}` }],
]);

let edge: DrivenEdge;

afterEach(async () => {
  await edge.stop();
  removeTempDirs();
});

describe("a tombstone", () => {
  it("is in force once it is acknowledged, in the same process, and gone once its end is", async () => {
    edge = await DrivenEdge.start(new Map([["cluster/paid", PAID]]));
    const pid = await edge.worker();
    expect((await edge.get("bob")).status).toBe(503);
    await edge.driver.apply(moved(["bob"], "paid"));
    expect((await edge.get("bob")).status).toBe(502);
    await edge.driver.apply(moved(["bob"], null));
    expect((await edge.get("bob")).status).toBe(503);
    expect(await edge.worker()).toBe(pid);
  });

  it("known from the start is in force before the first request", async () => {
    edge = await DrivenEdge.start(STATE);
    expect((await edge.get("alice")).status).toBe(502);
  });

  it("is one of ten thousand that come at once", async () => {
    edge = await DrivenEdge.start(STATE);
    const pid = await edge.worker();
    const many = users(10_000);
    await edge.driver.apply(moved(many, "paid"));
    const inForce = await edge.inForce("tombstones");
    expect(inForce.size).toBe(10_001);
    expect(many.every((user) => inForce.get(user) === "paid")).toBe(true);
    expect(await edge.worker()).toBe(pid);
  });

  it("that no edge can hold is passed over, and the others are in force", async () => {
    edge = await DrivenEdge.start(new Map([...STATE, ["tombstone/a b", { cluster: "paid" }]]));
    await edge.driver.apply([
      { key: "tombstone/x\ny", value: { cluster: "paid" }, revision: 1 },
      { key: "tombstone/bob", value: { cluster: "-" }, revision: 1 },
      { key: "domain/www.example.org", value: { host: "a b" }, revision: 1 },
      { key: "cluster/odd", value: { hostingAddress: "nowhere", workspaceAddress: "192.0.2.1" }, revision: 1 },
      { key: "user/carol", value: {}, revision: 1 },
      ...moved(["dave"], "paid"),
    ]);
    expect(edge.driver.refused).toBe(6);
    expect(await edge.inForce("tombstones")).toEqual(
      new Map([
        ["alice", "paid"],
        ["dave", "paid"],
      ]),
    );
  });
});

describe("a map of which much has changed", () => {
  it("is folded into its base while changes go on, and every lookup finds what it should", async () => {
    edge = await DrivenEdge.start(STATE, { limits: { stopSeconds: 1 } }, undefined, {
      tuning: { watchMs: 50, answerMs: 5000, foldAt: 100 },
    });
    const wanted = new Map([["alice", "paid"]]);
    for (let round = 0; round < 12; round++) {
      const some = users(400).filter((_, index) => (index + round) % 3 !== 0);
      const cluster = round % 4 === 3 ? null : "paid";
      await edge.driver.apply(moved(some, cluster));
      for (const user of some)
        if (cluster === null) wanted.delete(user);
        else wanted.set(user, cluster);
      expect(await edge.inForce("tombstones")).toEqual(wanted);
    }
    await until("a fold", () => edge.recorded.messages("info").includes("folded a map"));
    expect(await edge.inForce("tombstones")).toEqual(wanted);
    await edge.kill();
    await edge.worker();
    expect(await edge.inForce("tombstones")).toEqual(wanted);
  });
});

describe("a sibling cluster", () => {
  it("is known before the tombstones that point at it, by one reload", async () => {
    edge = await DrivenEdge.start();
    const pid = await edge.worker();
    await edge.driver.apply([{ key: "cluster/paid", value: PAID, revision: 1 }, ...moved(["bob"], "paid")]);
    const after = await edge.worker();
    expect(after).not.toBe(pid);
    expect((await edge.get("bob")).body).toContain("paid");
    await edge.driver.apply(moved(["carol"], "paid"));
    expect(await edge.worker()).toBe(after);
  });

  it("that goes is gone after its tombstones", async () => {
    edge = await DrivenEdge.start(STATE);
    await edge.driver.apply([{ key: "cluster/paid", value: null, revision: 2 }, ...moved(["alice"], null)]);
    expect((await edge.get("alice")).status).toBe(503);
    expect(await edge.runtime("show backend")).not.toContain("sibling-hosting-paid");
  });

  it("comes while a connection is open that has not asked yet: its request, answered by the process that was replaced, follows new tombstones", async () => {
    edge = await DrivenEdge.start(STATE, { limits: { stopSeconds: 20 } });
    const { bindAddress: host, ports } = edge.settings;
    const socket = connect(ports.hosting, host);
    await new Promise((resolve) => socket.once("connect", resolve));
    await until("the connection is accepted", async () => /CurrConns: [1-9]/.test(await edge.runtime("show info")));
    const old = await edge.worker();
    await edge.driver.apply([{ key: "cluster/team", value: PAID, revision: 1 }]);
    expect((await edge.processes()).oldWorkers).toEqual([old]);
    await edge.driver.apply(moved(["bob"], "paid"));
    socket.write(`GET / HTTP/1.1\r\nhost: app.bob.${ZONE}\r\n\r\n`);
    const [answer] = await new Promise<Buffer[]>((resolve) => socket.once("data", (data) => resolve([data])));
    expect(String(answer)).toMatch(/^HTTP\/1\.1 502 /);
    socket.destroy();
  });
});

describe("reconciliation", () => {
  it("finds nothing to repair where nobody else has changed anything", async () => {
    edge = await DrivenEdge.start(STATE);
    expect(await edge.driver.reconcile(STATE)).toBe(0);
  });

  it("repairs what somebody changed in HAProxy, entry by entry", async () => {
    edge = await DrivenEdge.start(STATE);
    await edge.driver.apply(moved(["bob", "carol"], "paid"));
    const { base, recent } = edge.files.maps.tombstones;
    await edge.runtime(`del map ${base} alice`);
    await edge.runtime(`add map ${recent} bob elsewhere`);
    await edge.runtime(`set map ${recent} carol elsewhere`);
    await edge.runtime(`add map ${edge.files.maps.domains.recent} www.example.org app.mallory.${ZONE}`);
    const state = new Map([...STATE, ["tombstone/bob", { cluster: "paid" }], ["tombstone/carol", { cluster: "paid" }]]);
    expect(await edge.driver.reconcile(state)).toBeGreaterThanOrEqual(4);
    expect(await edge.inForce("tombstones")).toEqual(new Map(["alice", "bob", "carol"].map((user) => [user, "paid"])));
    expect((await edge.inForce("domains")).size).toBe(1);
    expect(await edge.driver.reconcile(state)).toBe(0);
  });

  it("puts in force what the state has and the driver was never told", async () => {
    edge = await DrivenEdge.start(STATE);
    const state = new Map([...STATE, ["tombstone/erin", { cluster: "paid" }]]);
    state.delete("tombstone/alice");
    expect(await edge.driver.reconcile(state)).toBe(2);
    expect(await edge.inForce("tombstones")).toEqual(new Map([["erin", "paid"]]));
  });

  it.each(["maps/tombstones.base.map", "maps/domains.recent.map", "haproxy.cfg"])(
    "writes %s again where it was changed",
    async (name) => {
      edge = await DrivenEdge.start(STATE);
      const path = `${edge.settings.directory}/${name}`;
      const before = readFileSync(path, "utf8");
      writeFileSync(path, before.slice(0, before.length / 2));
      expect(await edge.driver.reconcile(STATE)).toBe(1);
      expect(readFileSync(path, "utf8")).toBe(before);
    },
  );
});

test("HAProxy that the agent runs is told of changes until it has answered its last request, when the agent leaves", async () => {
  edge = await DrivenEdge.start(STATE, { limits: { stopSeconds: 20 } });
  const { bindAddress: host, ports } = edge.settings;
  const socket = connect(ports.hosting, host);
  await new Promise((resolve) => socket.once("connect", resolve));
  await until("the connection is accepted", async () => /CurrConns: [1-9]/.test(await edge.runtime("show info")));
  const over = edge.driver.outlast(AbortSignal.timeout(30_000));
  await until("it stops", () =>
    edge.runtime("show info").then(
      () => false,
      () => true,
    ),
  );
  await edge.driver.apply(moved(["bob"], "paid"));
  const answer = new Promise<Buffer>((resolve) => socket.once("data", resolve));
  socket.write(`GET / HTTP/1.1\r\nhost: app.bob.${ZONE}\r\n\r\n`);
  expect(String(await answer)).toMatch(/^HTTP\/1\.1 502 /);
  expect(await over).toBe(true);
  expect(edge.driver.haproxyPid).toBeUndefined();
});

describe("users who are asked for under a tombstone", () => {
  it("are reported once per time, and not while nobody asks for them", async () => {
    edge = await DrivenEdge.start(new Map([...STATE, ["tombstone/bob", { cluster: "paid" }]]));
    expect(await edge.driver.requested()).toEqual([]);
    await edge.get("alice");
    await edge.get("nobody");
    expect(await edge.driver.requested()).toEqual(["alice"]);
    expect(await edge.driver.requested()).toEqual([]);
    await edge.get("bob");
    await edge.get("alice");
    expect([...(await edge.driver.requested())].sort()).toEqual(["alice", "bob"]);
    expect(await edge.driver.requested()).toEqual([]);
  });

  it("are reported where a reload comes between", async () => {
    edge = await DrivenEdge.start(STATE);
    await edge.get("alice");
    await edge.driver.apply([{ key: "cluster/team", value: PAID, revision: 1 }]);
    expect(await edge.driver.requested()).toEqual(["alice"]);
    await edge.get("alice");
    expect(await edge.driver.requested()).toEqual(["alice"]);
  });
});

describe("container VMs", () => {
  it("join and leave without a reload; one that is not healthy gets nothing", async () => {
    const origins = await startOrigins(3);
    try {
      const [first, second, third] = origins.all;
      edge = await DrivenEdge.start(STATE, { hostPort: origins.port }, new FakeSource({ z: [memberOf(first)] }));
      const pid = await edge.worker();
      await until("the first", async () => (await edge.get("zoe")).status === 200);
      third.isHealthy = false;
      edge.source.byZone.z = [first, second, third].map(memberOf);
      const apps = users(60);
      await until("the second takes a part", async () => {
        const by = await servedBy(apps);
        return by.has(second.name);
      });
      expect((await servedBy(apps)).has(third.name)).toBe(false);
      third.isHealthy = true;
      await until("the third takes a part", async () => (await servedBy(apps)).has(third.name));
      edge.source.byZone.z = [second, third].map(memberOf);
      await until(
        "the first is gone",
        async () => !(await edge.runtime("show servers state hosts")).includes(first.name),
      );
      expect([...(await servedBy(apps)).keys()].sort()).toEqual([second.name, third.name]);
      expect(await edge.worker()).toBe(pid);
      await edge.kill();
      await until("HAProxy's return", async () => (await edge.get("zoe").catch(() => undefined))?.status === 200);
      expect([...(await servedBy(apps)).keys()].sort()).toEqual([second.name, third.name]);
    } finally {
      await origins.stop();
    }
  });
});

async function servedBy(apps: readonly string[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const user of apps) {
    const { status, body } = await edge.get(user);
    const name = status === 200 ? (JSON.parse(body) as { origin: string }).origin : String(status);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

const memberOf = ({ name, address }: Origin) => ({ name, address });

async function startOrigins(count: number) {
  const addresses = Array.from({ length: count }, ownAddress);
  const port = await freePort(addresses[0] ?? "");
  const all = await Promise.all(addresses.map((address, index) => new Origin(`vm-${index}`, address).start(port)));
  return { port, all: all as [Origin, Origin, Origin], stop: () => Promise.all(all.map((origin) => origin.stop())) };
}
