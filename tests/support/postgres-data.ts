/** Data of an empty PostgreSQL: making them takes more than a second of a processor's time, copying them a tenth of that. */
import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, renameSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { program, serverUser } from "../../sandbox/cloud/sql/programs";
import { until } from "./until";

/** The superuser, who needs no password. */
export const USER = "resolution";

const OPTIONS = ["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C", `--username=${USER}`];

/** Fills a folder that does not exist yet: by copying where Jest's workers share a folder, see run-folder.cjs. */
export async function createData(folder: string): Promise<void> {
  const shared = process.env.TEST_RUN_FOLDER;
  if (shared === undefined) return makeData(folder);
  const data = join(shared, "postgres");
  await until("the data of an empty PostgreSQL", () => existsSync(data) || makeOnce(data));
  execFileSync("cp", ["-a", "--reflink=auto", data, folder], { stdio: "pipe" });
}

/** Makes them unless another worker is about to; tells whether they are there. */
function makeOnce(data: string): boolean {
  const lock = `${data}.lock`;
  try {
    mkdirSync(lock);
  } catch {
    return false;
  }
  try {
    if (existsSync(data)) return true;
    makeData(`${data}.new`);
    renameSync(`${data}.new`, data);
    return true;
  } finally {
    rmdirSync(lock);
  }
}

function makeData(folder: string): void {
  const owner = serverUser();
  mkdirSync(folder, { mode: 0o700 });
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
  execFileSync(program("initdb"), ["-D", folder, ...OPTIONS], { ...owner, stdio: "pipe" });
}
