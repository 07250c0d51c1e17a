import fc from "fast-check";
import {
  cidrMistake,
  clusterSubnets,
  formatCidr,
  overlaps,
  parseCidr,
  part,
  resolutionSubnets,
  sizeOf,
  type Cidr,
} from "../../config/cidr";

/** Any range whose prefix lies between two bounds. */
const ranges = (shortest = 0, longest = 32): fc.Arbitrary<Cidr> =>
  fc.tuple(fc.nat(0xffffffff), fc.integer({ min: shortest, max: longest })).map(([address, prefix]) => ({
    base: address - (address % sizeOf(prefix)),
    prefix,
  }));

/** Ranges inside 10.0.0.0/24, small enough to list their addresses. */
const smallRanges = fc
  .tuple(fc.nat(255), fc.integer({ min: 25, max: 32 }))
  .map(([offset, prefix]) => ({ base: 0x0a000000 + offset - (offset % sizeOf(prefix)), prefix }));

const addressesOf = ({ base, prefix }: Cidr) => Array.from({ length: sizeOf(prefix) }, (_, index) => base + index);
const liesIn = (inner: Cidr, outer: Cidr) =>
  inner.base >= outer.base && inner.base + sizeOf(inner.prefix) <= outer.base + sizeOf(outer.prefix);

describe("the notation of a range", () => {
  it("comes back from formatting what was parsed", () => {
    fc.assert(fc.property(ranges(), (range) => expect(parseCidr(formatCidr(range))).toEqual(range)));
  });

  it("is read as addresses", () => {
    expect(parseCidr("10.16.0.0/20")).toEqual({ base: 10 * 2 ** 24 + 16 * 2 ** 16, prefix: 20 });
    expect(parseCidr("0.0.0.0/0")).toEqual({ base: 0, prefix: 0 });
    expect(parseCidr("255.255.255.255/32")).toEqual({ base: 2 ** 32 - 1, prefix: 32 });
  });

  it.each([
    ["10.0.0.0", '"10.0.0.0" is not an IPv4 range such as 10.16.0.0/20'],
    ["10.0.0/8", '"10.0.0/8" is not an IPv4 range such as 10.16.0.0/20'],
    ["::/0", '"::/0" is not an IPv4 range such as 10.16.0.0/20'],
    ["10.0.0.256/32", '"10.0.0.256/32" is not an IPv4 range such as 10.16.0.0/20'],
    ["010.0.0.0/8", '"010.0.0.0/8" is not an IPv4 range such as 10.16.0.0/20'],
    ["10.0.0.0/33", '"10.0.0.0/33" has a prefix above 32'],
    ["10.0.0.1/24", '"10.0.0.1/24" has bits set beyond its prefix; the range it lies in is 10.0.0.0/24'],
  ])("is refused: %s", (text, message) => {
    expect(() => parseCidr(text)).toThrow(new Error(message));
    expect(cidrMistake(text, 0, 32)).toBe(message);
  });

  it("is held to bounds of its prefix", () => {
    expect(cidrMistake("10.0.0.0/16", 16, 22)).toBeUndefined();
    expect(cidrMistake("10.0.0.0/22", 16, 22)).toBeUndefined();
    expect(cidrMistake("10.0.0.0/15", 16, 22)).toBe("10.0.0.0/15 is /15; it must be /16 to /22");
    expect(cidrMistake("10.0.0.0/23", 16, 22)).toBe("10.0.0.0/23 is /23; it must be /16 to /22");
  });
});

describe("the overlap of two ranges", () => {
  it("is symmetric, and every range overlaps itself", () => {
    fc.assert(
      fc.property(ranges(), ranges(), (a, b) => {
        expect(overlaps(a, b)).toBe(overlaps(b, a));
        expect(overlaps(a, a)).toBe(true);
      }),
    );
  });

  it("is having an address in common", () => {
    fc.assert(
      fc.property(smallRanges, smallRanges, (a, b) => {
        const ofB = new Set(addressesOf(b));
        expect(overlaps(a, b)).toBe(addressesOf(a).some((address) => ofB.has(address)));
      }),
    );
  });
});

describe("the parts of a range", () => {
  it("cover it without gap or overlap", () => {
    fc.assert(
      fc.property(ranges(0, 28), fc.integer({ min: 0, max: 4 }), (range, extra) => {
        const parts = Array.from({ length: 2 ** extra }, (_, index) => part(range, range.prefix + extra, index));
        expect(parts[0]?.base).toBe(range.base);
        const ends = parts.map(({ base, prefix }) => base + sizeOf(prefix));
        expect(parts.slice(1).map(({ base }) => base)).toEqual(ends.slice(0, -1));
        expect(parts.length * sizeOf(range.prefix + extra)).toBe(sizeOf(range.prefix));
      }),
    );
  });

  it.each([
    [23, 0],
    [33, 0],
    [25, 2],
    [25, -1],
  ])("do not include /%i number %i of a /24", (prefix, index) => {
    expect(() => part(parseCidr("10.0.0.0/24"), prefix, index)).toThrow(RangeError);
  });
});

describe.each<[string, number, number, (cidr: string) => object]>([
  ["a cluster", 16, 22, clusterSubnets],
  ["the resolution service", 14, 20, resolutionSubnets],
])("the subnets of %s", (_, shortest, longest, subnetsOf) => {
  it("lie in its range and do not overlap, whatever its prefix", () => {
    fc.assert(
      fc.property(ranges(shortest, longest), (range) => {
        const subnets = Object.values(subnetsOf(formatCidr(range)) as Record<string, string>).map(parseCidr);
        subnets.forEach((subnet, index) => {
          expect(liesIn(subnet, range)).toBe(true);
          subnets.slice(0, index).forEach((earlier) => expect(overlaps(earlier, subnet)).toBe(false));
        });
      }),
    );
  });

  it("leave a proxy subnet of /26 or larger, Google's minimum, whatever its prefix", () => {
    fc.assert(
      fc.property(ranges(shortest, longest), (range) => {
        const { proxies } = subnetsOf(formatCidr(range)) as { proxies: string };
        expect(parseCidr(proxies).prefix).toBeLessThanOrEqual(26);
      }),
    );
  });
});
