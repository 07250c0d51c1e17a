/**
 * Fuzzes the control API for as long as it is told to, by the committed OpenAPI document:
 * node --require ./tools/typescript.cjs tests/services/resolution/server/fuzz/main.ts [requests per operation] [seed]
 */
import { Campaign, renderTally, turn } from "./campaign";

const DEFAULT_REQUESTS = 2_000;
/** Between two turns of an operation others change what it is about. */
const REQUESTS_PER_TURN = 50;

async function main(): Promise<void> {
  const [requests = DEFAULT_REQUESTS, seed = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number);
  process.stdout.write(`seed ${seed}, ${requests} requests for each of ${turn.length} operations\n`);
  const campaign = await Campaign.start();
  try {
    for (let turns = 0; turns * REQUESTS_PER_TURN < requests; turns++) {
      for (const operation of turn) {
        await campaign.fuzz(operation, { seed: seed + turns, requests: REQUESTS_PER_TURN });
      }
    }
  } finally {
    process.stdout.write(`${renderTally(campaign.tally)}\n`);
    await campaign.stop();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
