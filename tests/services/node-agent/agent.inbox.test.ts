import type { FeedLine } from "../../../services/contracts/feed";
import { difference } from "../../../services/node-agent/agent/difference";
import { Inbox } from "../../../services/node-agent/agent/inbox";

const ZONE = { defaultCluster: "free" };
const FREE2 = { cluster: "free2" };
const entry = (revision: number, key: string, value: unknown): FeedLine =>
  ({ type: "entry", revision, key, value }) as never;
const live = (revision: number): FeedLine => ({ type: "live", revision });
const reset: FeedLine = { type: "reset" };

function changesOf(inbox: Inbox) {
  const work = inbox.next();
  return work?.type === "changes" ? work.changes.map(({ key, value }) => [key, value]) : undefined;
}

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
      revision: 3,
    });
    expect(inbox.next()).toBeUndefined();
  });

  it("has nothing acknowledged beyond a live line: what was overtaken may be still to come", () => {
    const inbox = new Inbox(1);
    inbox.take(entry(7, "user/ann", FREE2));
    expect(inbox.next()).toMatchObject({ changes: [{ revision: 7 }], revision: 1 });
    expect(inbox.position).toBe(7);
    expect(inbox.next()).toBeUndefined();
    inbox.take(live(9));
    expect(inbox.next()).toEqual({ type: "changes", changes: [], revision: 9 });
    expect(inbox.next()).toBeUndefined();
  });

  it("hands out only the last of a user's changes that wait together", () => {
    const inbox = new Inbox(1);
    inbox.take(entry(2, "user/ann", FREE2));
    inbox.take(entry(3, "user/bob", FREE2));
    inbox.take(entry(4, "user/ann", null));
    expect(inbox.size).toBe(2);
    expect(changesOf(inbox)).toEqual([
      ["user/ann", null],
      ["user/bob", FREE2],
    ]);
  });

  it("lets no change of a user overtake a change of the default cluster, nor fall behind one", () => {
    const inbox = new Inbox(1);
    const told: [string, unknown][] = [
      ["user/moved", FREE2],
      // Users of the old default get entries of their own, then those of the new one lose theirs.
      ["user/old", { cluster: "free" }],
      ["zone", { defaultCluster: "free2" }],
      ["user/moved", null],
      ["user/old", FREE2],
      ["user/old", null],
    ];
    told.forEach(([key, value], index) => inbox.take(entry(index + 2, key, value)));
    expect(changesOf(inbox)).toEqual([...told.slice(0, 4), ["user/old", null]]);
    inbox.take(entry(8, "user/moved", FREE2));
    expect(changesOf(inbox)).toEqual([["user/moved", FREE2]]);
  });

  it("lets no user point at a cluster before its address is known", () => {
    const inbox = new Inbox(1);
    inbox.take(entry(2, "user/ann", FREE2));
    inbox.take(entry(3, "cluster/new", { ipv4: "192.0.2.9" }));
    inbox.take(entry(4, "user/ann", { cluster: "new" }));
    expect(changesOf(inbox)?.map(([key]) => key)).toEqual(["user/ann", "cluster/new", "user/ann"]);
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

describe("the difference between two states", () => {
  it("is told in an order in which every answer on the way is right", () => {
    const from = new Map<string, unknown>([
      ["cluster/old", 1],
      ["zone", { defaultCluster: "free" }],
      ["user/gone", FREE2],
      ["user/same", FREE2],
    ]);
    const to = new Map<string, unknown>([
      ["user/same", { cluster: "free2" }],
      ["zone", { defaultCluster: "free2" }],
      ["user/late", { cluster: "free" }],
      ["cluster/new", 2],
    ]);
    expect(difference(from, to, 9)).toEqual([
      { key: "cluster/new", value: 2, revision: 9 },
      { key: "user/late", value: { cluster: "free" }, revision: 9 },
      { key: "zone", value: { defaultCluster: "free2" }, revision: 9 },
      { key: "user/gone", value: null, revision: 9 },
      { key: "cluster/old", value: null, revision: 9 },
    ]);
  });
});
