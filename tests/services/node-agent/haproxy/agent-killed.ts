/** An agent's driver in a process of its own, for tests that kill it. Settings come as JSON; it prints `serving`, then moves users, 50 at a time. */
import { readFileSync } from "node:fs";
import { createEdgeDriver, type EdgeDriverSettings } from "../../../../services/node-agent/haproxy";
import { moved } from "./driven-edge";

const nothing = () => undefined;
const BATCH = 50;

async function main(file: string): Promise<void> {
  const settings = JSON.parse(readFileSync(file, "utf8")) as Omit<EdgeDriverSettings, "members" | "log">;
  const members = { zones: [], members: () => Promise.resolve([]) };
  const log = { info: nothing, warn: nothing, error: nothing };
  const driver = createEdgeDriver({ ...settings, members, log });
  const paid = { hostingAddress: "127.255.255.1", workspaceAddress: "127.255.255.2" };
  await driver.start(new Map([["cluster/paid", paid]]));
  process.stdout.write("serving\n");
  for (let batch = 0; ; batch++) {
    const users = Array.from({ length: BATCH }, (_, index) => `u${batch * BATCH + index}`);
    await driver.apply(moved(users, "paid"));
    process.stdout.write(`${(batch + 1) * BATCH}\n`);
  }
}

void main(process.argv[2] ?? "");
