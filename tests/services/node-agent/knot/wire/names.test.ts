import fc from "fast-check";
import { decodeName, encodeName } from "../../../../../services/node-agent/knot/wire/names";
import { WireError } from "../../../../../services/node-agent/knot/wire/wire-error";

/** Labels of any octets but capitals, which are not told from small letters. */
const label = fc
  .uint8Array({ minLength: 1, maxLength: 40 })
  .map((octets) => Buffer.from(octets.map((octet) => (octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet))));
const wireName = fc
  .array(label, { maxLength: 6 })
  .map((labels) => Buffer.concat([...labels.flatMap((octets) => [Buffer.of(octets.length), octets]), Buffer.of(0)]));

test("any name survives being read and written", () => {
  fc.assert(
    fc.property(wireName, (wire) => {
      const { name, end } = decodeName(wire, 0);
      expect(end).toBe(wire.length);
      expect(encodeName(name)).toEqual(wire);
    }),
  );
});

test("different names have different texts", () => {
  fc.assert(
    fc.property(wireName, wireName, (a, b) => {
      expect(decodeName(a, 0).name === decodeName(b, 0).name).toBe(a.equals(b));
    }),
  );
});

test("capitals are read as small letters", () => {
  expect(decodeName(encodeName("WwW.ExAmPle"), 0).name).toBe("www.example");
});

test("a pointer is followed, and the name ends behind it", () => {
  const message = Buffer.concat([encodeName("example.test"), Buffer.from([3, 0x77, 0x77, 0x77, 0xc0, 0])]);
  expect(decodeName(message, 14)).toEqual({ name: "www.example.test", end: 20 });
});

test.each([
  ["a pointer to itself", Buffer.from([0xc0, 0])],
  ["a loop of two pointers", Buffer.from([0xc0, 2, 0xc0, 0])],
  ["a label that points to its own beginning", Buffer.from([1, 0x61, 0xc0, 0])],
  ["a label of an unknown kind", Buffer.from([0x41, 0x61, 0])],
  ["a label past the end", Buffer.from([5, 0x61])],
  ["no end", Buffer.from([1, 0x61])],
  ["a name of more than 255 octets", Buffer.concat([...Array<Buffer>(128).fill(Buffer.from([1, 0x61])), Buffer.of(0)])],
])("%s is refused", (_, wire) => {
  expect(() => decodeName(wire, wire[0] === 0xc0 && wire.length === 4 ? 2 : 0)).toThrow(WireError);
});

test.each([
  ["an empty label", "a..b"],
  ["a label of 64 octets", `${"a".repeat(64)}.test`],
  ["a name of 256 octets", Array<string>(51).fill("abcd").join(".")],
])("%s cannot be written", (_, name) => {
  expect(() => encodeName(name)).toThrow(WireError);
});
