import fc from "fast-check";
import { areAnywhere, isPublic, liesIn } from "../../policy/support/address-ranges";
import { formatCidr, part } from "../../config/cidr";

describe("address ranges", () => {
  it.each(["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "8.0.0.0/7", "::/0", "2000::/3", "not an address", "1.2.3.4/x"])(
    "count %p as anywhere",
    (range) => {
      expect(areAnywhere([range])).toBe(true);
    },
  );

  it.each(["10.0.0.0/8", "35.191.0.0/16", "198.51.100.7", "8.0.0.0/8", "2001:db8::/32", "fd00::/8", "fe80::/10"])(
    "do not count %p as anywhere",
    (range) => {
      expect(areAnywhere([range])).toBe(false);
    },
  );

  it("see through the internet in pieces, however small", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), (prefix) => {
        const pieces = Array.from({ length: 2 ** prefix }, (_, index) =>
          formatCidr(part({ base: 0, prefix: 0 }, prefix, index)),
        );
        expect(areAnywhere(pieces)).toBe(true);
      }),
    );
  });

  it("count a range that is given twice once", () => {
    expect(areAnywhere(["8.0.0.0/8", "8.0.0.0/8"])).toBe(false);
  });

  it.each(["10.16.0.0/20", "172.16.0.0/12", "192.168.1.1", "100.64.0.0/10", "fd12::/16"])(
    "know %p as private",
    (range) => {
      expect(isPublic(range)).toBe(false);
    },
  );

  it.each(["172.16.0.0/11", "11.0.0.0/8", "0.0.0.0/0", "::/0", "2001:db8::1", "fc00::/6"])(
    "know %p as public",
    (range) => {
      expect(isPublic(range)).toBe(true);
    },
  );

  it("tell whether one lies in another", () => {
    expect(liesIn("35.235.240.0/20", "35.235.240.0/20")).toBe(true);
    expect(liesIn("35.235.241.7", "35.235.240.0/20")).toBe(true);
    expect(liesIn("35.235.240.0/19", "35.235.240.0/20")).toBe(false);
    expect(liesIn("::1", "35.235.240.0/20")).toBe(false);
  });
});
