/** What one follower is sent when memory and store are not equally far. */
import { FeedRing } from "../../../../services/resolution/feed/ring";
import type { Page } from "../../../../services/resolution/feed/reads";
import { Subscription, type Source } from "../../../../services/resolution/feed/subscription";
import { Wakeup } from "../../../../services/resolution/feed/wakeup";
import type { FeedEntry, FeedLine } from "../../../../services/contracts/feed";

const entry = (revision: number, key: string): FeedEntry => ({ type: "entry", revision, key, value: {} });

it("is not told live by a memory that is older than the page that it has just read", async () => {
  // `user/a` had a value at 3. Since memory was filled it has got another, at 6, so the page up to 5 has neither.
  const pages: Page[] = [{ entries: [entry(4, "user/b"), entry(5, "user/c")], head: 6, pruned: 0, complete: false }];
  const ring = new FeedRing(5, 8);
  let head = 5;
  const changes = new Wakeup();
  const source: Source = {
    ring,
    batchEntries: 2,
    changes,
    head: () => head,
    current: () => true,
    timeline: () => 0,
    heartbeatMs: 60_000,
    readPage: () => Promise.resolve(pages.shift()),
  };
  const ending = new AbortController();
  const lines = new Subscription(source, 2, ending.signal).lines();
  const next = async (): Promise<FeedLine[]> => (await lines.next()).value as FeedLine[];
  expect(await next()).toEqual([entry(4, "user/b"), entry(5, "user/c")]);
  const following = next();
  setImmediate(() => {
    head = 6;
    ring.push([entry(6, "user/a")]);
    changes.fire();
  });
  expect(await following).toEqual([entry(6, "user/a"), { type: "live", revision: 6 }]);
  ending.abort();
});
