import fc from "fast-check";
import type { FeedLine } from "../../../../services/contracts/feed";
import { LineReader } from "../../../../services/contracts/follow/lines";

function entry(revision: number, key = "user/a"): FeedLine {
  return { type: "entry", revision, key, value: { cluster: "one" } };
}
const live = (revision: number): FeedLine => ({ type: "live", revision });
const reset: FeedLine = { type: "reset" };

function bytes(...lines: (FeedLine | string)[]): Buffer {
  const text = lines.map((line) => (typeof line === "string" ? line : `${JSON.stringify(line)}\n`));
  return Buffer.from(text.join(""));
}

test("lines come out whole and in order, however the bytes are cut", () => {
  const lines = [entry(1, "domain/bücher.example"), live(1), entry(4), live(9), reset, entry(2), live(9)];
  const whole = bytes("\n", ...lines.slice(0, 3), "\n\n", ...lines.slice(3));
  fc.assert(
    fc.property(fc.array(fc.nat(whole.length)), (cuts) => {
      const reader = new LineReader(0);
      const edges = [0, ...cuts.sort((a, b) => a - b), whole.length];
      const read = edges.slice(1).flatMap((end, index) => reader.read(whole.subarray(edges[index], end)).lines);
      expect(read).toEqual(lines);
    }),
  );
});

test.each<[string, number, (FeedLine | string)[]]>([
  ["an entry that the follower has", 5, [entry(5)]],
  ["an entry twice", 0, [entry(3), entry(3)]],
  ["an entry before one that came", 0, [entry(3), entry(2)]],
  ["an entry that was said to be sent", 0, [live(7), entry(7)]],
  ["a heartbeat of before an entry that came", 0, [entry(3), live(2)]],
  ["a heartbeat of before what the follower has", 5, [live(4)]],
  ["what is no JSON", 0, ["{]\n"]],
  ["JSON that is no line", 0, ['{"type":"entry","revision":1,"key":"user/a"}\n']],
  ["a line with more than the contract has", 0, ['{"type":"reset","why":"x"}\n']],
  ["a type that does not exist", 0, ['{"type":"jump","revision":1}\n']],
])("refuses %s", (_what, after, lines) => {
  expect(new LineReader(after).read(bytes(...lines)).fault).toMatchObject({ name: "FeedFault" });
});

test("refuses bytes that are no text", () => {
  expect(new LineReader(0).read(Buffer.from([0x22, 0xff, 0x22, 0x0a])).fault).toMatchObject({ name: "FeedFault" });
});

test("refuses a line that does not end", () => {
  const reader = new LineReader(0);
  const chunk = Buffer.alloc(1 << 19, "a");
  const faults = [chunk, chunk, chunk].map((part) => reader.read(part).fault);
  expect(faults.map((fault) => fault?.name)).toEqual([undefined, undefined, "FeedFault"]);
});

test("what came before a fault is good", () => {
  const { lines, fault } = new LineReader(0).read(bytes(entry(1), entry(2), entry(1), entry(3)));
  expect(lines).toEqual([entry(1), entry(2)]);
  expect(fault?.message).toContain("entry of revision 1 came after revision 2");
});
