/** The programs of others that the local cloud runs. */
import { delimiter, isAbsolute, join } from "node:path";
import { SYSTEM_DIRECTORIES } from "../../services/node-agent/executable";
import { isExecutable } from "../../tools/executable";
import { program as postgresProgram, serverUser } from "./sql/programs";

/** Debian's package of each. */
const PACKAGES = {
  haproxy: "haproxy",
  knotd: "knot",
  knotc: "knot",
  postgres: "postgresql",
  initdb: "postgresql",
  openssl: "openssl",
} as const;

export type ProgramName = keyof typeof PACKAGES;

const NAMES = Object.keys(PACKAGES) as ProgramName[];

/**
 * Throws an error that names what is missing and its packages. To be called before anything is made: a program that turns out to be
 * missing in the middle would leave half a sandbox that waits for it.
 */
export function checkPrograms(isInstalled = isOnThisMachine): void {
  const missing = NAMES.filter((name) => !isInstalled(name));
  if (missing.length === 0) {
    serverUser();
    return;
  }
  const packages = [...new Set(missing.map((name) => PACKAGES[name]))].join(" ");
  throw new Error(
    `the sandbox needs programs that are not on this machine: ${missing.join(", ")}; ` +
      `make sandbox installs them (Debian: apt-get install --no-install-recommends ${packages})`,
  );
}

function isOnThisMachine(name: ProgramName): boolean {
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...SYSTEM_DIRECTORIES];
  const own = name === "postgres" || name === "initdb" ? [postgresProgram(name)].filter(isAbsolute) : [];
  return [...own, ...folders.map((folder) => join(folder, name))].some(isExecutable);
}
