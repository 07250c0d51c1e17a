import { join } from "node:path";
import { readEnvironmentFile } from "../../config";
import { renderCosts } from "../../docs/costs-page";
import { inventoryOf } from "../../docs/inventory";
import { renderClusterQuantities } from "../../docs/quantities";
import { readPage, ROOT } from "./pages";

// The program runs once per stack, which takes seconds on a busy machine.
jest.setTimeout(60_000);

const environment = readEnvironmentFile(join(ROOT, "Pulumi.prod.yaml"));

describe("the page about costs", () => {
  it("has the quantities that the program registers; `npm run generate` brings it up to date", async () => {
    const page = readPage("docs/costs.md").text;
    expect(page).toBe(await renderCosts(page, environment));
  });

  it("follows the configuration", async () => {
    const { free } = environment.clusters;
    if (free === undefined) throw new Error("the production environment has no cluster free");
    const larger = { ...free, httpServing: { ...free.httpServing, min: 5, max: 17 } };
    const changed = { ...environment, clusters: { ...environment.clusters, free: larger } };
    const table = renderClusterQuantities({ free: await inventoryOf(changed, "free") });
    expect(table).toContain("| http-serving: `e2-standard-2` | VM and hour | 5 to 17 |");
    expect(table).toContain("| VMs behind Cloud NAT | VM and hour, up to 32 | 8 to 77 |");
    // 20 GB for an edge, and the tier's 50 GB for a container VM.
    expect(table).toContain(
      `| Boot disks: \`pd-balanced\` | GB and month | ${5 * 20 + 3 * 50} to ${17 * 20 + 60 * 50} |`,
    );
  });
});
