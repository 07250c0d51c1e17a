import { join } from "node:path";
import { readEnvironmentFile } from "../../config";
import { SHARED } from "../../config/names";
import { inventoryOf } from "../../docs/inventory";
import { codeBlocks, readPage, ROOT } from "./pages";

// The program runs once per stack, which takes seconds on a busy machine.
jest.setTimeout(60_000);

/** Resources that a table shows for each failure domain, whatever happens to them. */
function countsIn(lines: readonly string[]): Record<string, number> {
  const rows = lines.flatMap((line) => {
    const [, domain = "", numbers = ""] = /^(\S+)((?:\s+\d+){5})\s+succeeded/.exec(line) ?? [];
    return domain === "" ? [] : [[domain, sum(numbers.trim().split(/\s+/).map(Number))] as const];
  });
  return Object.fromEntries(rows);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** What the program registers for each failure domain; providers are no infrastructure and do not count. */
async function registered(environmentName: string): Promise<Record<string, number>> {
  const environment = readEnvironmentFile(join(ROOT, `Pulumi.${environmentName}.yaml`));
  const counts: Record<string, number> = {};
  for (const domain of [...Object.keys(environment.clusters), SHARED]) {
    const inventory = await inventoryOf(environment, domain === SHARED ? undefined : domain);
    counts[domain] = inventory.filter(({ type }) => !type.startsWith("pulumi:providers:")).length;
  }
  return counts;
}

describe("the tables in the README", () => {
  const tables = codeBlocks(readPage("README.md"))
    .map(({ lines }) => countsIn(lines))
    .filter((counts) => Object.keys(counts).length > 0);

  it("show the sandbox's resources as the program registers them", async () => {
    expect(tables[0]).toEqual(await registered("sandbox"));
  });

  it("show production's resources as the program registers them", async () => {
    expect(tables[1]).toEqual(await registered("prod"));
  });
});
