import fc from "fast-check";
import { createHmac } from "node:crypto";
import { decodeMessage, encodeQuery } from "../../../../../services/node-agent/knot/wire/message";
import { sign, TsigError, TsigVerifier } from "../../../../../services/node-agent/knot/wire/tsig";
import { WireError } from "../../../../../services/node-agent/knot/wire/wire-error";

const KEY = { name: "key.test", secret: Buffer.alloc(32, 7) };
const NOW = 1_700_000_000;

/** What a server does: signs a message whose digest begins with the request's MAC. */
function signResponse(message: Buffer, requestMac: Buffer, { key = KEY, time = NOW } = {}): Buffer {
  const { message: signed, mac } = sign(message, key, time);
  const at = signed.lastIndexOf(mac);
  const prefix = Buffer.alloc(2);
  prefix.writeUInt16BE(requestMac.length);
  const name = Buffer.from("\x03key\x04test\x00", "latin1");
  const algorithm = Buffer.from("\x0bhmac-sha256\x00", "latin1");
  const timers = signed.subarray(at - 10, at - 2);
  const variables = Buffer.concat([name, Buffer.from([0, 255, 0, 0, 0, 0]), algorithm, timers, Buffer.alloc(4)]);
  const digest = createHmac("sha256", key.secret);
  digest.update(prefix).update(requestMac).update(message).update(variables).digest().copy(signed, at);
  return signed;
}

function verify(message: Buffer, requestMac: Buffer, now = NOW): void {
  const verifier = new TsigVerifier(KEY, requestMac, () => now);
  verifier.accept(message, decodeMessage(message).tsig);
  verifier.finish();
}

const request = sign(encodeQuery(1, "example.test", "SOA"), KEY, NOW);
const response = signResponse(encodeQuery(1, "example.test", "SOA"), request.mac);

test("a response that answers the request, signed with the key, is believed", () => {
  expect(() => verify(response, request.mac)).not.toThrow();
});

test("a response with any bit changed is not believed", () => {
  fc.assert(
    fc.property(fc.nat({ max: response.length * 8 - 1 }), (bit) => {
      const changed = Buffer.from(response);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      // The id on the wire is not what is signed, but the original one (RFC 8945, 5.2): the connection looks at it.
      // Letters are the same in capitals.
      fc.pre(bit >= 16 && !isCaseOfLetter(response[bit >> 3] ?? 0, bit & 7));
      let error: unknown;
      try {
        verify(changed, request.mac);
      } catch (thrown) {
        error = thrown;
      }
      expect(error instanceof TsigError || error instanceof WireError).toBe(true);
    }),
    { numRuns: 1500 },
  );
});

function isCaseOfLetter(octet: number, bit: number): boolean {
  return bit === 5 && /[a-z]/i.test(String.fromCharCode(octet));
}

test("a response to another request is not believed", () => {
  const other = sign(encodeQuery(1, "example.test", "SOA"), KEY, NOW + 1);
  expect(() => verify(response, other.mac)).toThrow(TsigError);
});

test("a response of another key is not believed", () => {
  const key = { ...KEY, secret: Buffer.alloc(32, 8) };
  const forged = signResponse(encodeQuery(1, "example.test", "SOA"), request.mac, { key });
  expect(() => verify(forged, request.mac)).toThrow("is not of key key.test");
});

test("a response without signature is not believed", () => {
  expect(() => verify(encodeQuery(1, "example.test", "SOA"), request.mac)).toThrow("not signed");
});

test("a response that was signed long ago is not believed, and the clocks are named", () => {
  expect(() => verify(response, request.mac, NOW + 301)).toThrow("301 s from now: set the clock");
  expect(() => verify(response, request.mac, NOW + 300)).not.toThrow();
});

test("a transfer may not go on unsigned for ever, and must end signed", () => {
  const verifier = new TsigVerifier(KEY, request.mac, () => NOW);
  verifier.accept(response, decodeMessage(response).tsig);
  for (let index = 0; index < 99; index++) verifier.accept(Buffer.alloc(12), undefined);
  expect(() => verifier.finish()).toThrow("the end of the response is not signed");
  expect(() => verifier.accept(Buffer.alloc(12), undefined)).toThrow("not signed");
});
