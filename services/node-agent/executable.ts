/** Finding a program that an agent runs, and making sure that it is one that its driver knows. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Where packages put servers, which is not always on the PATH of those who are not root. */
export const SYSTEM_DIRECTORIES = ["/usr/sbin", "/usr/local/sbin"];
const TIMEOUT_MS = 10_000;

export interface Wanted {
  /** What messages call it, such as `Knot`. */
  readonly name: string;
  /** Debian's package of it. */
  readonly package: string;
  /** The argument that makes it print its version, and what it prints: major and minor are groups 1 and 2. */
  readonly versionArgument: string;
  readonly versionPattern: RegExp;
  /** The first version with all that its configuration uses. */
  readonly minimum: readonly [major: number, minor: number];
}

/** The path to run a program by, given its path or its name. Throws an error that names path, version and remedy. */
export async function findExecutable(executable: string, wanted: Wanted): Promise<string> {
  const { name, minimum, versionArgument, versionPattern } = wanted;
  const install = `install ${wanted.package} ${minimum.join(".")} or later`;
  const remedy = `${install} (Debian: apt-get install ${wanted.package}), or name its path`;
  const candidates = executable.includes("/")
    ? [executable]
    : [executable, ...SYSTEM_DIRECTORIES.map((directory) => `${directory}/${executable}`)];
  for (const path of candidates) {
    const output = await versionOutput(path, versionArgument);
    if (output === undefined) continue;
    const version = versionPattern.exec(output);
    if (version === null)
      throw new Error(`${path} is not ${name}: ${versionArgument} prints "${output.trim()}"; ${remedy}`);
    const [, major, minor] = version.map(Number) as [number, number, number];
    if (major > minimum[0] || (major === minimum[0] && minor >= minimum[1])) return path;
    throw new Error(`${path} is ${name} ${major}.${minor}, which is too old; ${remedy}`);
  }
  throw new Error(`${candidates.join(" and ")} cannot be run; ${remedy}`);
}

/** What it prints; undefined where there is no such program. */
async function versionOutput(path: string, argument: string): Promise<string | undefined> {
  try {
    return (await promisify(execFile)(path, [argument], { timeout: TIMEOUT_MS })).stdout;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "EACCES") return undefined;
    throw new Error(`${path} ${argument} failed: ${String(error)}`, { cause: error });
  }
}
