import fc from "fast-check";
import {
  ALL_PORTS,
  formatPortRange,
  includesPort,
  onlyPorts,
  parsePortRange,
  portRanges,
} from "../../policy/support/port-ranges";
import { UNKNOWN } from "../../policy/support/values";

const port = fc.integer({ min: 0, max: 65_535 });
const range = fc.tuple(port, port).map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }));

describe("port ranges", () => {
  it("read back what they write", () => {
    fc.assert(fc.property(range, (written) => expect(parsePortRange(formatPortRange(written))).toEqual(written)));
  });

  it("include exactly the ports between their ends", () => {
    fc.assert(
      fc.property(range, port, (written, asked) => {
        const ranges = portRanges([formatPortRange(written)]);
        expect(includesPort(ranges, asked)).toBe(written.first <= asked && asked <= written.last);
      }),
    );
  });

  it("hold only the allowed ports exactly when each of their ports is allowed", () => {
    const short = fc.tuple(fc.integer({ min: 0, max: 65_000 }), fc.integer({ min: 0, max: 20 }));
    fc.assert(
      fc.property(short, fc.array(fc.integer({ min: 0, max: 30 })), ([first, length], offsets) => {
        const allowed = offsets.map((offset) => first + offset);
        const all = Array.from({ length: length + 1 }, (_, index) => first + index);
        expect(onlyPorts([{ first, last: first + length }], allowed)).toBe(all.every((each) => allowed.includes(each)));
      }),
    );
  });

  it.each([undefined, null, []])("mean every port when the list is %p", (ports) => {
    expect(portRanges(ports)).toEqual([ALL_PORTS]);
  });

  it.each(["http", "22-", "-22", "70000", "90-80", "22,23", ""])(
    "count %p, which nobody can read, as every port",
    (text) => {
      expect(parsePortRange(text)).toBeUndefined();
      expect(portRanges([text])).toEqual([ALL_PORTS]);
    },
  );

  it("hold nothing that is not known yet", () => {
    expect(portRanges(UNKNOWN)).toEqual([]);
    expect(portRanges([UNKNOWN, "22"])).toEqual([{ first: 22, last: 22 }]);
  });

  it("read numbers and blanks", () => {
    expect(portRanges([22, " 80 - 90 "])).toEqual([
      { first: 22, last: 22 },
      { first: 80, last: 90 },
    ]);
  });
});
