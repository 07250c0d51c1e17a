/**
 * The fake local cloud as a process, as the command starts the real one: `--directory <folder>`. Files in the folder's parent say what
 * it does: `fail` makes it end at once with its text, `deaf` makes it never answer.
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FakeLocalCloud } from "./fake-local-cloud";

const directory = process.argv.at(-1) ?? "";
const told = (name: string): string => join(directory, "..", name);

async function main(): Promise<void> {
  if (existsSync(told("fail"))) throw new Error(readFileSync(told("fail"), "utf8"));
  if (existsSync(told("deaf"))) return void setInterval(() => undefined, 1_000);
  // As the real one takes its addresses: of two, one ends.
  mkdirSync(told("lock"));
  const cloud = await FakeLocalCloud.start(directory);
  cloud.stop = () => process.exit(0);
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
