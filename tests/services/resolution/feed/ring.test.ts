import fc from "fast-check";
import type { FeedEntry } from "../../../../services/contracts/feed";
import { FeedRing } from "../../../../services/resolution/feed/ring";

function entry(revision: number): FeedEntry {
  return { type: "entry", revision, key: `user/u${revision}`, value: null };
}

function revisions(ring: FeedRing, after: number, limit = 100): number[] {
  return ring.after(after, limit).map(({ revision }) => revision);
}

test("gives out what follows a revision, in order, and no more than asked for", () => {
  const ring = new FeedRing(10);
  ring.push([11, 14, 20].map(entry));
  expect(revisions(ring, 10)).toEqual([11, 14, 20]);
  expect(revisions(ring, 12)).toEqual([14, 20]);
  expect(revisions(ring, 20)).toEqual([]);
  expect(revisions(ring, 10, 2)).toEqual([11, 14]);
});

test("forgets everything when it starts again", () => {
  const ring = new FeedRing(0);
  ring.push([1, 2].map(entry));
  ring.restart(7);
  expect(ring.floor).toBe(7);
  expect(revisions(ring, 7)).toEqual([]);
});

test("whatever is pushed, it stays within its capacity and lacks nothing above its floor", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 5 })), fc.integer({ min: 1, max: 8 }), (steps, capacity) => {
      const ring = new FeedRing(0, capacity);
      const pushed: number[] = [];
      for (const step of steps) {
        pushed.push((pushed.at(-1) ?? 0) + step);
        ring.push([entry(pushed.at(-1) ?? 0)]);
        expect(revisions(ring, ring.floor, Infinity)).toEqual(pushed.filter((revision) => revision > ring.floor));
        expect(revisions(ring, ring.floor, Infinity).length).toBeLessThanOrEqual(capacity);
        expect(revisions(ring, ring.floor)).toContain(pushed.at(-1));
      }
    }),
  );
});
