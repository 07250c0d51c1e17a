import { Poller } from "../../../cli/status-page/poller";
import { until } from "../../support/until";

const HOUR = 3_600_000;

/** A poller that counts, with what it has told. */
function pollerOf(intervals: { calm?: number; busy?: number; away?: number }, isBusy = () => false) {
  const state = { looks: 0, atOnce: 0, most: 0, failure: undefined as Error | undefined };
  const look = async (): Promise<number> => {
    state.most = Math.max(state.most, ++state.atOnce);
    await new Promise(setImmediate);
    state.atOnce -= 1;
    if (state.failure !== undefined) throw state.failure;
    return ++state.looks;
  };
  const poller = new Poller({ look, isBusy, intervals: { calm: HOUR, busy: 0, away: 1, ...intervals } });
  return { poller, state };
}

test("it looks for those who watch, for all of them at once, and for nobody not at all", async () => {
  const { poller, state } = pollerOf({ calm: 5 });
  expect(state.looks).toBe(0);
  const told: number[] = [];
  const leave = [1, 2, 3].map((name) => poller.watch(() => told.push(name)));
  await until("three looks", () => state.looks >= 3);
  expect(told.slice(0, 6)).toEqual([1, 2, 3, 1, 2, 3]);
  expect(state.most).toBe(1);
  for (const end of leave) end();
  const { length } = told;
  await until("the last look has ended", () => state.atOnce === 0);
  expect(told).toHaveLength(length);
  poller.stop();
});

test("watchers who come and go do not make it look more often", async () => {
  const { poller, state } = pollerOf({});
  poller.watch(() => undefined)();
  for (let round = 0; round < 50; round += 1) poller.watch(() => undefined)();
  const leave = poller.watch(() => undefined);
  await until("a look", () => state.looks > 0);
  await new Promise(setImmediate);
  expect(state).toMatchObject({ looks: 1, most: 1 });
  leave();
  poller.stop();
});

test("it looks soon after something was changed", async () => {
  const { poller, state } = pollerOf({});
  poller.watch(() => undefined);
  await until("the first look", () => state.looks === 1);
  poller.hasten();
  await until("the second look", () => state.looks === 2);
  poller.stop();
});

test("it looks more often while a move is under way", async () => {
  const { poller, state } = pollerOf({}, () => true);
  poller.watch(() => undefined);
  await until("many looks", () => state.looks >= 3);
  poller.stop();
});

test("a look that fails keeps the last picture and says since when, until one succeeds", async () => {
  const { poller, state } = pollerOf({ calm: 1 });
  await poller.lookOnce();
  state.failure = new Error("connection refused");
  await expect(poller.lookOnce()).rejects.toThrow("connection refused");
  const { picture, away } = poller.view;
  expect(picture?.value).toBe(1);
  expect(away?.message).toBe("connection refused");
  await expect(poller.lookOnce()).rejects.toThrow();
  expect(poller.view.away?.since).toBe(away?.since);
  state.failure = undefined;
  poller.watch(() => undefined);
  await until("it is back", () => poller.view.away === undefined);
  poller.stop();
});
