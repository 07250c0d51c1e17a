import { readEnvironmentFile } from "../../config";
import { inventoryOf } from "../../docs/inventory";
import { knownTypes } from "../../sandbox/facts";
import { committedFile } from "../support/environments";

jest.setTimeout(60_000);

/** Types that the engine itself serves, and this program's components. */
function isProvided(type: string): boolean {
  return !/^(pulumi|platform):/.test(type);
}

test.each(["prod", "sandbox"] as const)(
  "the local provider has facts about every resource type of %s",
  async (name) => {
    const environment = readEnvironmentFile(committedFile(name));
    const used = new Set<string>();
    for (const stack of [...Object.keys(environment.clusters), undefined]) {
      for (const { type } of await inventoryOf(environment, stack)) if (isProvided(type)) used.add(type);
    }
    expect(used.size).toBeGreaterThan(30);
    expect(knownTypes()).toEqual(expect.arrayContaining([...used]));
  },
);
