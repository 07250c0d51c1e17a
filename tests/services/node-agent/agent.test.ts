import { MAX_WAITING_CHANGES } from "../../../services/node-agent/agent/inbox";
import { until } from "../../support/until";
import { entry, FREE2, live, reset, useAgents, ZONE } from "./agents";
import type { Failure } from "./fakes";
import { afterPowerCut } from "./power-cut";

const { own, start, serving, stop, openState } = useAgents();

describe("an agent with a state on disk", () => {
  it("serves it while nothing is heard of the feed, and acknowledges it once it is certain", async () => {
    const { driver, begin, feed } = await start({ held: { zone: ZONE, "user/ann": FREE2 } });
    let reconciled: (failure: Failure) => void = () => undefined;
    driver.next = () => new Promise((resolve) => (reconciled = resolve));
    const agent = begin();
    await agent.serving;
    await until("reconciliation", () => driver.calls.includes("reconcile"));
    expect(Object.fromEntries(driver.served)).toEqual({ zone: ZONE, "user/ann": FREE2 });
    expect([agent.isServing, feed().started, feed().position(), feed().acknowledged]).toEqual([true, 1, 5, []]);
    reconciled("none");
    await until("the acknowledgement", () => feed().last === 5);
  });

  it("puts back in force what a crash kept from it", async () => {
    const { driver, begin, feed } = await start({ held: { zone: ZONE, "user/ann": FREE2 } });
    jest.spyOn(driver, "start").mockImplementation(() => Promise.resolve());
    begin();
    await until("the acknowledgement", () => feed().last === 5);
    expect(driver.served.get("user/ann")).toEqual(FREE2);
    expect(own.recording.messages("warn")).toEqual(["what was served differed from the state and was repaired"]);
  });

  it("ends when its driver cannot start", async () => {
    const { driver, begin } = await start({ held: { zone: ZONE } });
    jest.spyOn(driver, "start").mockRejectedValue(new Error("no such directory"));
    await expect(begin().ended).rejects.toThrow("no such directory");
  });
});

describe("a new agent", () => {
  it("serves nothing before the state is whole, and has it on disk by then", async () => {
    const { driver, begin, feed, state } = await start();
    const agent = begin();
    await feed().take([entry(3, "zone", ZONE), entry(4, "user/ann", FREE2)]);
    expect([driver.calls, agent.isServing, feed().position(), state.isWhole]).toEqual([[], false, 4, false]);
    await feed().take([entry(6, "user/ann", null), live(9)]);
    await agent.serving;
    await until("the acknowledgement", () => feed().last === 9);
    expect(feed().acknowledged).toEqual([9]);
    expect(Object.fromEntries(driver.served)).toEqual({ zone: ZONE });
    const copy = await openState(afterPowerCut(own.directory));
    expect([copy.revision, Object.fromEntries(copy.entries)]).toEqual([9, { zone: ZONE }]);
    await copy.close();
  });
});

describe("changes of the feed", () => {
  it("are first on disk, then in force, then acknowledged", async () => {
    const { feed, state } = await serving();
    const append = state.append.bind(state);
    jest.spyOn(state, "append").mockImplementation(async (changes, revision) => {
      await append(changes, revision);
      own.events.push(`on disk: ${revision}`);
    });
    feed.onAcknowledge = (revision) => own.events.push(`acknowledged: ${revision}`);
    own.events.length = 0;
    await feed.take([entry(6, "user/ann", FREE2), live(8)]);
    await until("the acknowledgement", () => feed.last === 8);
    expect(own.events).toEqual(["on disk: 8", "apply", "acknowledged: 8"]);
  });

  it("that come while the driver is busy are applied together, the last of each key", async () => {
    const { driver, feed } = await serving();
    let finish: (failure: Failure) => void = () => undefined;
    driver.next = () => new Promise((resolve) => (finish = resolve));
    await feed.take([entry(6, "user/ann", FREE2), live(6)]);
    await until("the first batch", () => driver.applied.length === 1);
    await feed.take([entry(7, "user/bob", FREE2), entry(8, "user/eve", FREE2)]);
    await feed.take([entry(9, "user/bob", null), live(9)]);
    driver.next = () => "none";
    finish("none");
    await until("the acknowledgement", () => feed.last === 9);
    expect(feed.acknowledged).toEqual([5, 6, 9]);
    expect(driver.applied[1]).toEqual([
      { key: "user/bob", value: null, revision: 9 },
      { key: "user/eve", value: FREE2, revision: 8 },
    ]);
  });

  it("are not acknowledged before the driver has them, however often it fails; in between everything is compared", async () => {
    const { driver, feed, metrics } = await serving();
    const outcomes: Failure[] = ["before", "half", "after", "before"];
    driver.next = (call) => (call === "reconcile" ? "none" : (outcomes.shift() ?? "before"));
    own.events.length = 0;
    await feed.take([entry(6, "user/ann", FREE2), entry(7, "user/bob", FREE2), live(7)]);
    await until("the acknowledgement", () => feed.last === 7);
    expect(own.events).toEqual(["apply", "apply", "apply", "apply", "reconcile"]);
    expect([...driver.served.keys()]).toEqual(["zone", "user/ann", "user/bob"]);
    expect(await metrics.registry.metrics()).toContain("node_agent_failures_total 4");
  });

  it("are written again when the disk refused them, and not put in force before", async () => {
    const { driver, feed, state } = await serving();
    jest.spyOn(state, "append").mockRejectedValueOnce(new Error("ENOSPC: no space left on device"));
    await feed.take([entry(6, "user/ann", FREE2), live(6)]);
    await until("the acknowledgement", () => feed.last === 6);
    expect(driver.applied).toHaveLength(1);
    expect(own.recording.lines.find(({ level }) => level === "warn")).toMatchObject({
      message: "writing the state to disk failed; it is tried again",
      fields: { err: { message: "ENOSPC: no space left on device" }, failures: 1 },
    });
  });

  it("are in force at once, and acknowledged when nothing that was overtaken can be missing", async () => {
    const { driver, feed, state } = await serving();
    await feed.take([entry(7, "user/ann", FREE2)]);
    await until("the change", () => driver.served.has("user/ann"));
    expect([state.revision, feed.position(), feed.last]).toEqual([5, 7, 5]);
    await feed.take([live(9)]);
    await until("the acknowledgement", () => feed.last === 9);
    expect(feed.acknowledged).toEqual([5, 9]);
  });

  it("that are none of this node's move its position without a write, until it stops", async () => {
    const { agent, feed, state } = await serving();
    const append = jest.spyOn(state, "append");
    await feed.take([live(70)]);
    await until("the acknowledgement", () => feed.last === 70);
    expect([append.mock.calls, state.revision]).toEqual([[], 5]);
    await stop(agent, { leaving: false });
    expect(append.mock.calls).toEqual([[[], 70]]);
  });

  it("hold the feed up when too many wait", async () => {
    const { driver, feed } = await serving();
    let finish: (failure: Failure) => void = () => undefined;
    driver.next = () => new Promise((resolve) => (finish = resolve));
    await feed.take([entry(6, "user/ann", FREE2), live(6)]);
    await until("the first batch", () => driver.applied.length === 1);
    const many = Array.from({ length: MAX_WAITING_CHANGES }, (_, index) => entry(7 + index, `user/u${index}`, FREE2));
    many.push(live(6 + MAX_WAITING_CHANGES));
    let taken = false;
    const taking = feed.take(many).then(() => (taken = true));
    await until("a turn of the event loop", () => new Promise<true>((resolve) => setImmediate(() => resolve(true))));
    expect(taken).toBe(false);
    driver.next = () => "none";
    finish("none");
    await taking;
    await until("the acknowledgement", () => feed.last === 6 + MAX_WAITING_CHANGES);
  });
});

describe("a reset", () => {
  it("changes nothing until the new state is whole, then only what differs", async () => {
    const { driver, feed, state } = await serving();
    await feed.take([entry(6, "user/ann", FREE2), entry(7, "user/bob", FREE2), live(7)]);
    await until("the acknowledgement", () => feed.last === 7);
    await feed.take([reset, entry(2, "zone", ZONE), entry(6, "user/ann", { cluster: "hackers" })]);
    expect([feed.position(), state.entries.size, driver.applied.length]).toEqual([6, 3, 1]);
    await feed.take([entry(8, "user/eve", FREE2), live(11)]);
    await until("the acknowledgement", () => feed.last === 11);
    expect(driver.applied[1]).toEqual([
      { key: "user/ann", value: { cluster: "hackers" }, revision: 11 },
      { key: "user/eve", value: FREE2, revision: 11 },
      { key: "user/bob", value: null, revision: 11 },
    ]);
    expect([state.revision, state.entries.size]).toEqual([11, 3]);
  });

  it("to a feed that begins anew leaves no higher revision behind", async () => {
    const { agent, driver, feed } = await serving();
    driver.next = () => "before";
    await feed.take([reset, entry(1, "zone", { defaultCluster: "free2" }), live(2)]);
    await until("a failure", () => driver.applied.length > 0);
    await stop(agent, { leaving: false });
    const state = await openState();
    expect([state.revision, state.entries.get("zone")]).toEqual([2, { defaultCluster: "free2" }]);
    expect(feed.acknowledged).toEqual([5]);
    await state.close();
  });
});

describe("reconciliation", () => {
  it("comes again, repairs, and does not hold up changes", async () => {
    const { driver, feed, metrics } = await serving({ reconcileSeconds: 0.02 });
    let finish: (failure: Failure) => void = () => undefined;
    driver.next = (call) => (call === "apply" ? "none" : new Promise((resolve) => (finish = resolve)));
    const reconciliations = () => driver.calls.filter((call) => call === "reconcile").length;
    const before = reconciliations();
    driver.served.set("user/drift", FREE2);
    await until("another reconciliation", () => reconciliations() > before);
    await feed.take([entry(6, "user/ann", FREE2), live(6)]);
    await until("the acknowledgement", () => feed.last === 6);
    expect(driver.served.has("user/drift")).toBe(true);
    finish("none");
    await until("the repair", () => !driver.served.has("user/drift"));
    await until("its count", async () =>
      (await metrics.registry.metrics()).includes("node_agent_reconcile_repairs_total 1"),
    );
  });

  it("that fails comes again sooner, and what is served goes on", async () => {
    const { agent, driver, metrics } = await serving({ reconcileSeconds: 0.6 });
    let failures = 0;
    driver.next = () => (failures++ === 0 ? "before" : "none");
    await until("the one after it", () => failures >= 2);
    expect(agent.isServing).toBe(true);
    expect(own.recording.messages("warn")).toContain("reconciliation failed; it is tried again soon");
    await until("its end", async () =>
      (await metrics.registry.metrics()).includes("node_agent_reconciliations_total 2"),
    );
  });
});
