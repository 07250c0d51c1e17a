import fc from "fast-check";
import { backoffMs } from "../../../../services/contracts/follow/backoff";

const BOUNDS = { baseMs: 100, maxMs: 3_000 };

test("waits are up to twice as long with each failure, and never longer than the bound", () => {
  const longest = [0, 1, 2, 3, 6, 7, 2_000].map((failures) => backoffMs(failures, BOUNDS, () => 1));
  expect(longest).toEqual([0, 100, 200, 400, 3_000, 3_000, 3_000]);
});

test("they are spread over all of it, down to none", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (failures, dice) => {
      const [wait, longest] = [backoffMs(failures, BOUNDS, () => dice), backoffMs(failures, BOUNDS, () => 1)];
      expect(wait).toBe(dice * longest);
    }),
  );
});
