/** PostgreSQL's programs, and the user that they run as. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/** Where Debian's packages put the programs, one folder per major version; elsewhere they are on PATH. */
const DEBIAN = "/usr/lib/postgresql";
const USER = "postgres";

export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/** A program of the newest PostgreSQL that is installed. */
export function program(name: "postgres" | "initdb"): string {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const paths = versions.map((version) => join(DEBIAN, version, "bin", name));
  return paths.find((path) => existsSync(path)) ?? name;
}

let found: SystemUser | undefined;

/**
 * PostgreSQL refuses to run as root: then as the user that Debian's package makes for it. Undefined: as whoever runs the local cloud.
 * Throws where there is no such user.
 */
export function serverUser(): SystemUser | undefined {
  return process.getuid?.() === 0 ? (found ??= systemUser(USER)) : undefined;
}

function systemUser(name: string): SystemUser {
  try {
    const [uid = 0, gid = 0] = ["-u", "-g"].map((flag) =>
      Number(execFileSync("id", [flag, name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })),
    );
    return { uid, gid };
  } catch (error) {
    const remedy = "apt-get install postgresql makes it, or run the sandbox as another user than root";
    throw new Error(`PostgreSQL does not run as root, and there is no user ${name}: ${remedy}`, { cause: error });
  }
}

/** Whether a user may enter a folder and all above it. */
export function mayEnter(folder: string, { uid, gid }: SystemUser): boolean {
  const { mode, uid: owner, gid: group } = statSync(folder);
  const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
  const above = dirname(folder);
  return (mode & bit) !== 0 && (above === folder || mayEnter(above, { uid, gid }));
}
