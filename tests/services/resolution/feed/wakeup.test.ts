import { Wakeup } from "../../../../services/resolution/feed/wakeup";

const LONG_MS = 60_000;
const never = new AbortController().signal;

test("wakes all who wait, once per change", async () => {
  const wakeup = new Wakeup();
  const waiting = [wakeup.wait(0, LONG_MS, never), wakeup.wait(0, LONG_MS, never)];
  wakeup.fire();
  expect(await Promise.all(waiting)).toEqual(["changed", "changed"]);
  expect(await wakeup.wait(wakeup.changes, 1, never)).toBe("timeout");
});

test("a change that comes between looking and waiting is not slept through", async () => {
  const wakeup = new Wakeup();
  const seen = wakeup.changes;
  wakeup.fire();
  expect(await wakeup.wait(seen, LONG_MS, never)).toBe("changed");
});

test("ends with its signal, before and while it waits", async () => {
  const wakeup = new Wakeup();
  const ending = new AbortController();
  const waiting = wakeup.wait(0, LONG_MS, ending.signal);
  ending.abort();
  expect(await waiting).toBe("aborted");
  expect(await wakeup.wait(0, LONG_MS, ending.signal)).toBe("aborted");
});
