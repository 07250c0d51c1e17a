/**
 * The local cloud: a background process that makes real what the provider plugins record.
 *
 *     node --require ./tools/typescript.cjs sandbox/cloud/main.ts --directory .sandbox/sandbox/cloud
 *
 * It ends on SIGTERM, SIGINT and `POST /stop`, with everything that it has started.
 */
import { fstatSync, mkdirSync, readlinkSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import pino from "pino";
import { LocalCloud } from "./local-cloud";
import { boundLog } from "./processes";

const USAGE = "usage: sandbox/cloud/main.ts --directory <folder of the records>";
/** A stop that takes longer than this never ends: machines are killed, and PostgreSQL is given 15 seconds. */
const STOP_MS = 30_000;
/** How often its own log is looked at for its length. */
const BOUND_LOG_MS = 60_000;
const STDOUT = 1;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { directory: { type: "string" }, help: { type: "boolean" } } });
  if (values.help === true || values.directory === undefined) {
    process.stderr.write(`${USAGE}\n`);
    return values.help === true ? 0 : 2;
  }
  const directory = resolve(values.directory);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const log = pino({ base: {}, timestamp: pino.stdTimeFunctions.isoTime });
  const cloud = await LocalCloud.start(directory, log);
  const signalled = new Promise<void>((stop) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop());
  });
  boundOwnLog();
  await Promise.race([signalled, cloud.stopRequested]);
  setTimeout(() => {
    log.error({}, `not everything stopped within ${STOP_MS / 1000} s`);
    process.exit(1);
  }, STOP_MS).unref();
  await cloud.end();
  return 0;
}

/** It does not know who reads what it says: only where that is a file it can grow too long. */
function boundOwnLog(): void {
  if (!fstatSync(STDOUT).isFile()) return;
  const file = readlinkSync(`/proc/self/fd/${STDOUT}`);
  setInterval(() => boundLog(file), BOUND_LOG_MS).unref();
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
