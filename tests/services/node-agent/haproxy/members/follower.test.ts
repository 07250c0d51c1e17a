import { join } from "node:path";
import { MembersFollower } from "../../../../../services/node-agent/haproxy/members/follower";
import type { Member } from "../../../../../services/node-agent/haproxy/settings";
import { removeTempDirs, tempDir } from "../../../../support/temp-dir";
import { until } from "../../../../support/until";
import { RecordingLog } from "../../recording-log";
import { FakeSource } from "../driven-edge";

const member = (index: number): Member => ({ name: `vm-${index}`, address: `10.0.0.${index}` });

let file: string;
let told: (readonly Member[])[];
const followers: MembersFollower[] = [];
const { log, lines } = new RecordingLog();

beforeEach(() => {
  file = join(tempDir(), "members.json");
  told = [];
  lines.length = 0;
});
afterEach(async () => {
  await Promise.all(followers.splice(0).map((follower) => follower.stop()));
  removeTempDirs();
});

function follow(source: FakeSource): MembersFollower {
  const onMembers = (members: readonly Member[]) => Promise.resolve(void told.push(members));
  const follower = new MembersFollower({ source, file, log, onMembers, intervalMs: 10 });
  followers.push(follower);
  return follower;
}

/** Waits until the source was asked again, twice: the first may have begun before. */
async function askedAgain(source: FakeSource): Promise<void> {
  const before = source.asked;
  await until("it is asked again", () => source.asked >= before + 2 * source.zones.length);
}

it("tells of members in their order, and of changes only", async () => {
  const source = new FakeSource({ a: [member(2)], b: [member(1)] });
  follow(source).start();
  await askedAgain(source);
  source.byZone.a = [member(3), member(2)];
  await until("another", () => told.length === 2);
  await askedAgain(source);
  expect(told).toEqual([
    [member(1), member(2)],
    [member(1), member(2), member(3)],
  ]);
});

it("keeps a zone's members while that cannot be asked, and follows the others", async () => {
  const source = new FakeSource({ a: [member(1)], b: [member(2)] });
  const follower = follow(source);
  follower.start();
  await until("both", () => told.length === 1);
  source.failing.add("a");
  source.byZone.b = [member(3)];
  await until("the other zone's", () => told.length === 2);
  expect(follower.members).toEqual([member(1), member(3)]);
  expect(lines.filter(({ level }) => level === "warn")).toHaveLength(1);
  source.failing.clear();
  source.byZone.a = [];
  await until("the first zone's", () => told.length === 3);
  expect(follower.members).toEqual([member(3)]);
});

it("is not emptied by an answer without any", async () => {
  const source = new FakeSource({ a: [member(1)] });
  const follower = follow(source);
  follower.start();
  await until("the first", () => told.length === 1);
  source.byZone.a = [];
  await askedAgain(source);
  expect([follower.members, told.length]).toEqual([[member(1)], 1]);
});

it("starts from what was known last, in zones that are still its own", async () => {
  const source = new FakeSource({ a: [member(1)], b: [member(2)] });
  follow(source).start();
  await until("both", () => told.length === 1);
  const next = follow(new FakeSource({ b: [], c: [] }));
  await next.load();
  expect(next.members).toEqual([member(2)]);
});
