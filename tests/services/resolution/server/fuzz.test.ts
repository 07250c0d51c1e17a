/** Whatever is sent, by whomever, is answered as the committed OpenAPI document says, and never by a failure. */
import { Campaign, renderTally, turn } from "./fuzz/campaign";

/** Another one by FUZZ_SEED; more requests by fuzz/main.ts. */
const seed = Number(process.env.FUZZ_SEED ?? 20_261_123);
const TURNS = 5;
const REQUESTS_PER_TURN = 40;

jest.setTimeout(60_000);

let campaign: Campaign;
beforeAll(async () => {
  campaign = await Campaign.start();
});
afterAll(async () => {
  process.stdout.write(`fuzzed with seed ${seed}\n${renderTally(campaign.tally)}\n`);
  await campaign.stop();
});

const turns = Array.from({ length: TURNS }, (_, number) =>
  turn.map((operation) => [operation.id, number, operation] as const),
);

// In turns, so that each operation meets what the others have left.
it.each(turns.flat())("%s answers as documented, turn %i", async (_id, number, operation) => {
  await campaign.fuzz(operation, { seed: seed + number, requests: REQUESTS_PER_TURN });
});

it("requests get past the first checks: all operations succeed for some", () => {
  const succeeded = turn.filter(({ id }) => [...(campaign.tally.get(id)?.keys() ?? [])].some((status) => status < 300));
  expect(turn.filter((operation) => !succeeded.includes(operation)).map(({ id }) => id)).toEqual([]);
});

it("clusters' counts of users are right after all of it", async () => {
  const { counted, actual } = await campaign.userCounts();
  expect(counted).toEqual(actual);
});
