/** Where frames end, however the octets come: held against frames that are put together here. */
import fc from "fast-check";
import { closeFrame, FrameTracker } from "../../../services/container-host/proxy/frames";

/** A frame as RFC 6455 has it, with the shortest length that fits, or a longer one. */
interface Frame {
  readonly opcode: number;
  readonly isLast: boolean;
  readonly length: number;
  readonly isMasked: boolean;
}

const frame: fc.Arbitrary<Frame> = fc.record({
  opcode: fc.constantFrom(0, 1, 2, 9, 10),
  isLast: fc.boolean(),
  length: fc.oneof(fc.integer({ min: 0, max: 200 }), fc.constantFrom(125, 126, 127, 65_535, 65_536, 70_000)),
  isMasked: fc.boolean(),
});

function octetsOf({ opcode, isLast, length, isMasked }: Frame): Buffer {
  const mask = isMasked ? 0x80 : 0;
  const first = (isLast ? 0x80 : 0) | opcode;
  const head =
    length < 126
      ? [first, mask | length]
      : length < 65_536
        ? [first, mask | 126, length >> 8, length & 0xff]
        : [first, mask | 127, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 0xff, length & 0xff];
  // Payload that looks like headers of frames.
  return Buffer.concat([Buffer.from(head), Buffer.alloc(isMasked ? 4 : 0, 0x88), Buffer.alloc(length, 0x88)]);
}

const frames = fc.array(frame, { minLength: 1, maxLength: 8 });
/** Where a stream is cut, as parts of it. */
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

function cut(stream: Buffer, at: readonly number[]): Buffer[] {
  const places = [0, ...at.map((part) => Math.floor(part * stream.length)), stream.length].sort((a, b) => a - b);
  return places.slice(1).map((place, index) => stream.subarray(places[index], place));
}

function boundaries(list: readonly Frame[]): Set<number> {
  let position = 0;
  return new Set([0, ...list.map((each) => (position += octetsOf(each).length))]);
}

it("it is at a boundary exactly where a frame has ended", () => {
  fc.assert(
    fc.property(frames, cuts, (list, at) => {
      const tracker = new FrameTracker();
      const ends = boundaries(list);
      let position = 0;
      for (const part of cut(Buffer.concat(list.map(octetsOf)), at)) {
        expect(tracker.advance(part)).toBe(part.length);
        position += part.length;
        expect(tracker.isAtBoundary).toBe(ends.has(position));
      }
      expect(tracker.hasClosed).toBe(false);
    }),
  );
});

it("it stops at the first end of a frame when it is asked to, and no later", () => {
  fc.assert(
    fc.property(frames, fc.double({ min: 0, max: 1, noNaN: true }), (list, at) => {
      const tracker = new FrameTracker();
      const stream = Buffer.concat(list.map(octetsOf));
      const begun = Math.floor(at * (stream.length - 1));
      tracker.advance(stream.subarray(0, begun));
      if (tracker.isAtBoundary) return;
      const passed = tracker.advance(stream.subarray(begun), { toBoundary: true });
      const next = Math.min(...[...boundaries(list)].filter((end) => end > begun));
      expect([begun + passed, tracker.isAtBoundary]).toEqual([next, true]);
    }),
  );
});

it("it knows a close frame, of whoever sent it", () => {
  const tracker = new FrameTracker();
  const own = closeFrame(1012);
  expect([...own]).toEqual([0x88, 0x02, 0x03, 0xf4]);
  tracker.advance(own);
  expect([tracker.isAtBoundary, tracker.hasClosed]).toEqual([true, true]);
});
