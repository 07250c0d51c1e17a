/** How an agent begins where nobody tells it anything, and how it ends. */
import { once } from "node:events";
import { until } from "../../support/until";
import { entry, FREE2, live, useAgents, ZONE } from "./agents";

const { own, start, serving, stop, openState } = useAgents();

describe("a new agent whose node does not wait for ever", () => {
  it("serves without a state when it was told none in time, and puts in force what it is told then", async () => {
    const { driver, begin, feed, state } = await start({ untoldMs: 10 });
    const agent = begin();
    await agent.serving;
    expect([driver.calls, agent.isServing, state.isWhole, feed().acknowledged]).toEqual([["start"], true, false, []]);
    expect(own.recording.messages("error")).toEqual([
      "the feed has told nothing; serving begins without it, as if there were nothing to tell",
    ]);
    await feed().take([entry(3, "zone", ZONE), entry(4, "user/ann", FREE2), live(9)]);
    await until("the acknowledgement", () => feed().last === 9);
    expect(Object.fromEntries(driver.served)).toEqual({ zone: ZONE, "user/ann": FREE2 });
    expect([driver.calls, state.revision, feed().acknowledged]).toEqual([["start", "apply"], 9, [9]]);
  });

  it("begins once, where a state comes at the last moment", async () => {
    const { driver, begin, feed } = await start({ untoldMs: 20 });
    let started: () => void = () => undefined;
    const starting = jest
      .spyOn(driver, "start")
      .mockImplementation(() => new Promise((resolve) => (started = resolve)));
    begin();
    await feed().take([entry(3, "zone", ZONE), live(3)]);
    await until("its start", () => starting.mock.calls.length > 0);
    // Until after the moment at which it would have begun without.
    await new Promise((resolve) => setTimeout(resolve, 40));
    started();
    await until("the acknowledgement", () => feed().last === 3);
    expect(starting).toHaveBeenCalledTimes(1);
    expect(own.recording.messages("error")).toEqual([]);
  });
});

describe("stopping", () => {
  it("ends what is under way, and frees the directory", async () => {
    const { agent, driver, feed } = await serving();
    await feed.take([entry(6, "user/ann", FREE2), live(6)]);
    await until("the batch", () => driver.applied.length === 1);
    await stop(agent, { leaving: false });
    await agent.ended;
    expect([feed.stopped, feed.left, feed.last, agent.isServing]).toEqual([1, 0, 6, false]);
    await (await openState()).close();
  });

  it("says goodbye where the node is leaving", async () => {
    const { agent, feed } = await serving();
    await stop(agent, { leaving: true });
    expect([feed.left, own.events.at(-1)]).toEqual([1, "stop"]);
  });

  it("says goodbye once what it drives has ended, and keeps that up to date until then", async () => {
    const { agent, driver, feed } = await serving({ outlastMs: 60_000 });
    let end: (isOver: boolean) => void = () => undefined;
    Object.assign(driver, { outlast: () => new Promise<boolean>((resolve) => (end = resolve)) });
    const stopped = stop(agent, { leaving: true });
    await feed.take([entry(6, "user/ann", FREE2), live(6)]);
    await until("the acknowledgement", () => feed.last === 6);
    expect([driver.served.has("user/ann"), feed.left, feed.stopped]).toEqual([true, 0, 0]);
    end(true);
    await stopped;
    expect([feed.left, own.events.at(-1)]).toEqual([1, "stop"]);
  });

  it.each([
    ["serves on", (signal: AbortSignal) => once(signal, "abort").then(() => false)],
    ["cannot be asked", () => Promise.reject(new Error("no answer"))],
  ])("says no goodbye where what it drives %s", async (_, outlast) => {
    const { agent, driver, feed } = await serving({ outlastMs: 10 });
    Object.assign(driver, { outlast });
    await stop(agent, { leaving: true });
    expect([feed.left, feed.stopped]).toEqual([0, 1]);
    expect(own.recording.messages("warn")).toContain(
      "what this node drives serves on: it does not leave, and transfers wait for it",
    );
  });

  it("goes on where the goodbye is not heard", async () => {
    const { agent, feed } = await serving();
    jest.spyOn(feed, "leave").mockRejectedValue(new Error("no answer"));
    await stop(agent, { leaving: true });
    expect(own.recording.messages("error")).toEqual([
      "the control API was not told that this node is leaving: transfers wait for it until it is deleted",
    ]);
  });

  it("does not wait for a driver that hangs, and acknowledges nothing of it", async () => {
    const { agent, driver, feed } = await serving({ drainMs: 10 });
    driver.next = () => new Promise(() => undefined);
    await feed.take([entry(6, "user/ann", FREE2), live(6)]);
    await until("the batch", () => driver.applied.length === 1);
    await stop(agent, { leaving: false });
    expect(feed.acknowledged).toEqual([5]);
    const state = await openState();
    expect([state.revision, state.entries.has("user/ann")]).toEqual([6, true]);
    await state.close();
  });

  it("is possible before anything was heard", async () => {
    const { begin, feed } = await start();
    const agent = begin();
    await stop(agent, { leaving: false });
    await agent.ended;
    expect([feed().stopped, feed().acknowledged]).toEqual([1, []]);
  });
});
