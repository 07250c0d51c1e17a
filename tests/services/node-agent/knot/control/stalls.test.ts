/** Knot's own delay between updates, which only a real Knot has. */
import { setTimeout as delay } from "node:timers/promises";
import { TestKnot } from "../../../../support/knot";

jest.setTimeout(60_000);

const ROUNDS = 6;
/** Where in a second the first update of a pair begins, and the one that follows in the next second; milliseconds. */
const LATE = 500;
const EARLY = 20;
/** Without `zone-notify` the second update of each pair waits for what is left of a second since the first: 480 ms. */
const STALLED_MS = 240;

describe("updates on both sides of a second's beginning", () => {
  let knot: TestKnot;

  beforeAll(async () => {
    knot = await TestKnot.start();
  });

  afterAll(async () => {
    await knot.stop();
  });

  async function apply(index: number): Promise<number> {
    const begin = performance.now();
    await knot.driver.apply([{ key: `user/u${index}`, value: { cluster: "paid" }, revision: index }]);
    return performance.now() - begin;
  }

  test("do not wait for each other", async () => {
    let stalled = 0;
    for (let round = 1; round <= ROUNDS; round++) {
      await secondIsAt(LATE);
      await apply(2 * round);
      await secondIsAt(EARLY);
      if ((await apply(2 * round + 1)) > STALLED_MS) stalled++;
    }
    // A busy machine may hold up one or another; Knot by itself holds up all of them.
    expect(stalled).toBeLessThanOrEqual(ROUNDS / 3);
  });
});

/** Waits until that many milliseconds of a second have passed. */
async function secondIsAt(ms: number): Promise<void> {
  await delay((1000 + ms - (Date.now() % 1000)) % 1000);
}
