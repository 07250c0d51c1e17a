import type { FeedLine } from "../../../services/contracts/feed";
import { Inbox } from "../../../services/node-agent/agent/inbox";

const ZONE = { defaultCluster: "free" };
const FREE2 = { cluster: "free2" };
const entry = (revision: number, key: string, value: unknown): FeedLine =>
  ({ type: "entry", revision, key, value }) as never;
const live = (revision: number): FeedLine => ({ type: "live", revision });
const reset: FeedLine = { type: "reset" };

describe("the inbox", () => {
  it("takes no entry twice", () => {
    const inbox = new Inbox(5);
    inbox.take(entry(6, "user/ann", FREE2));
    inbox.next();
    inbox.take(entry(6, "user/ann", FREE2));
    expect(inbox.next()).toBeUndefined();
  });

  it("drops what waits when a reset comes, whole states included", () => {
    const inbox = new Inbox(undefined);
    inbox.take(entry(3, "zone", ZONE));
    inbox.take(live(3));
    inbox.take(entry(4, "user/ann", FREE2));
    inbox.take(reset);
    expect([inbox.next(), inbox.position, inbox.size]).toEqual([undefined, 0, 0]);
    inbox.take(live(9));
    expect(inbox.next()).toEqual({ type: "state", entries: new Map(), revision: 9 });
  });

  it("hands out changes behind the whole state that they follow", () => {
    const inbox = new Inbox(undefined);
    inbox.take(entry(3, "zone", ZONE));
    inbox.take(live(3));
    inbox.take(entry(4, "user/ann", FREE2));
    expect(inbox.next()).toEqual({ type: "state", entries: new Map([["zone", ZONE]]), revision: 3 });
    expect(inbox.next()).toEqual({
      type: "changes",
      changes: [{ key: "user/ann", value: FREE2, revision: 4 }],
      revision: 4,
    });
    expect(inbox.next()).toBeUndefined();
  });

  it("keeps equal values once, and forgets no entry for it, however many differ", () => {
    const inbox = new Inbox(undefined);
    for (let user = 1; user <= 3000; user++) inbox.take(entry(user, `user/u${user}`, { cluster: "free2" }));
    for (let domain = 3001; domain <= 6000; domain++)
      inbox.take(entry(domain, `domain/d${domain}`, { host: `h${domain}` }));
    inbox.take(live(6000));
    const work = inbox.next();
    const entries = work?.type === "state" ? work.entries : new Map<string, unknown>();
    expect(entries.size).toBe(6000);
    expect(entries.get("user/u1")).toEqual({ cluster: "free2" });
    expect(entries.get("user/u3000")).toBe(entries.get("user/u1"));
    expect(entries.get("domain/d4500")).toEqual({ host: "h4500" });
  });
});
