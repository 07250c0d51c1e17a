import { setImmediate } from "node:timers/promises";
import { forEachBounded } from "../../deploy/pool";

test("works on every item, in order of beginning, and never on more than the limit at once", async () => {
  const begun: number[] = [];
  let running = 0;
  let most = 0;
  await forEachBounded([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    begun.push(item);
    most = Math.max(most, (running += 1));
    await setImmediate();
    running -= 1;
  });
  expect(begun).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(most).toBe(3);
});

test("passes a failure on", async () => {
  await expect(forEachBounded([1, 2], 1, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
});
