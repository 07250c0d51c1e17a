import { decodeAnswer, encodeCommand } from "../../../../../services/node-agent/knot/control/units";

/** As `knotc zone-notify` of Knot 3.2 sends it, and what Knot answers for a zone that it does not have. */
const COMMAND = "0110000b7a6f6e652d6e6f746966791100001600096170 70732e7465737403";
const REFUSAL =
  "0110000b7a6f6e652d6e6f7469667911000012 00126e6f2073756368207a6f6e6520666f756e64 16000a6f746865722e7465737403";

const octets = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");

test("a command is what knotc sends", () => {
  expect(encodeCommand("zone-notify", "apps.test").toString("hex")).toBe(octets(COMMAND).toString("hex"));
});

test("an answer without anything to say means that the command was carried out", () => {
  expect(decodeAnswer(octets("03"))).toEqual({});
  expect(decodeAnswer(octets(COMMAND))).toEqual({});
});

test("an answer says why a command was refused", () => {
  expect(decodeAnswer(octets(REFUSAL))).toEqual({ error: "no such zone found" });
});

test("an answer counts once all of it is there", () => {
  const whole = octets(REFUSAL);
  for (let length = 0; length < whole.length; length++) expect(decodeAnswer(whole.subarray(0, length))).toBeUndefined();
});

test("what is no answer is told", () => {
  expect(() => decodeAnswer(octets("0105"))).toThrow("a unit 5, which is not known");
});
