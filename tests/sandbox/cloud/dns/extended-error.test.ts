import * as packet from "dns-packet";
import { extendedError, extendedErrorOf } from "../../../../sandbox/cloud/dns/extended-error";
import { decode, edns } from "../../../../sandbox/cloud/dns/message";

function overTheWire(text: string) {
  return decode(packet.encode({ type: "response", id: 1, additionals: [edns([extendedError(text)])] }));
}

test("a text comes through as it was", () => {
  expect(extendedErrorOf(overTheWire("ns1: no answer"))).toBe("ns1: no answer");
});

test("a long text is cut between two characters, and says so", () => {
  const read = extendedErrorOf(overTheWire("ü".repeat(300))) ?? "";
  expect(read).toMatch(/^ü+…$/);
  expect(Buffer.byteLength(read)).toBeLessThanOrEqual(200);
});

test("a message without one has none", () => {
  expect(extendedErrorOf(overTheWire(""))).toBeUndefined();
  expect(extendedErrorOf(decode(packet.encode({ type: "response", id: 1, additionals: [edns()] })))).toBeUndefined();
  expect(extendedErrorOf(decode(packet.encode({ type: "response", id: 1 })))).toBeUndefined();
});
