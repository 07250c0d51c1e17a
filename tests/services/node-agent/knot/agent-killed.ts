/** An agent's driver in a process of its own, for tests that kill it. Settings come as JSON; it prints `serving`, then changes users for ever. */
import { readFileSync } from "node:fs";
import { createKnotDriver, type KnotSettings } from "../../../../services/node-agent/knot";

const nothing = () => undefined;

async function main(file: string): Promise<void> {
  const settings = JSON.parse(readFileSync(file, "utf8")) as KnotSettings;
  const driver = createKnotDriver({ ...settings, log: { info: nothing, warn: nothing, error: nothing } });
  await driver.start(new Map([["zone", { defaultCluster: "free" }]]));
  process.stdout.write("serving\n");
  for (let revision = 1; ; revision++) {
    await driver.apply([{ key: `user/u${revision}`, value: { cluster: "paid" }, revision }]);
    process.stdout.write(`${revision}\n`);
  }
}

void main(process.argv[2] ?? "");
