import { isProven, untilProven, type Proof } from "../../../cli/sandbox/proof";
import type { Row } from "../../../cli/sandbox/proof-rows";

const row: Row = {
  user: "alice",
  host: "www.alice.example",
  kind: "custom domain",
  cluster: "free",
  address: "127.20.16.1",
  seen: { dns: new Map(), error: "" },
  trouble: undefined,
};
const WELL: Proof = { rows: [row], ailing: [] };
const ILL: Proof = { rows: [{ ...row, trouble: "answered 404, expected 200" }], ailing: [] };

/** What comes of looks that find these one after the other, and then the last of them again and again. */
async function proofOf(looks: readonly Proof[], patienceMs: number) {
  let count = 0;
  let waits = 0;
  const look = () => Promise.resolve(looks[Math.min(count++, looks.length - 1)] ?? ILL);
  const proof = await untilProven(look, { patienceMs, waiting: () => waits++, check: () => undefined });
  return { well: isProven(proof), count, waits };
}

test("it is proven by two looks in a row", async () => {
  expect(await proofOf([WELL], 60_000)).toEqual({ well: true, count: 2, waits: 0 });
});

test("a look that is not confirmed is one more reason to wait", async () => {
  expect(await proofOf([WELL, ILL, WELL], 60_000)).toEqual({ well: true, count: 4, waits: 1 });
});

test("when the time is over the last look counts, whatever it is", async () => {
  expect(await proofOf([ILL], -1)).toEqual({ well: false, count: 1, waits: 0 });
  expect(await proofOf([WELL], -1)).toEqual({ well: true, count: 1, waits: 0 });
});
