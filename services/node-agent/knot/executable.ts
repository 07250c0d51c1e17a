/** Finding Knot, and making sure that it is one that this driver knows. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** The first version with all that the configuration uses; what was measured ran on 3.2.6. */
const MINIMUM = [3, 2] as const;
/** Where packages put servers, which is not always on the PATH of those who are not root. */
const SYSTEM_DIRECTORIES = ["/usr/sbin", "/usr/local/sbin"];
const TIMEOUT_MS = 10_000;

/** The path to run Knot by. Throws an error that names path, version and remedy. */
export async function findKnot(executable = "knotd"): Promise<string> {
  const remedy = `install knot ${MINIMUM.join(".")} or later (Debian: apt-get install knot), or name its path`;
  const candidates = executable.includes("/")
    ? [executable]
    : [executable, ...SYSTEM_DIRECTORIES.map((directory) => `${directory}/${executable}`)];
  for (const path of candidates) {
    const output = await versionOutput(path);
    if (output === undefined) continue;
    const version = /version (\d+)\.(\d+)/.exec(output);
    if (version === null) throw new Error(`${path} is not Knot: --version prints "${output.trim()}"; ${remedy}`);
    const [, major, minor] = version.map(Number) as [number, number, number];
    if (major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1])) return path;
    throw new Error(`${path} is Knot ${major}.${minor}, which is too old; ${remedy}`);
  }
  throw new Error(`${candidates.join(" and ")} cannot be run; ${remedy}`);
}

/** What `--version` prints; undefined where there is no such program. */
async function versionOutput(path: string): Promise<string | undefined> {
  try {
    return (await promisify(execFile)(path, ["--version"], { timeout: TIMEOUT_MS })).stdout;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "EACCES") return undefined;
    throw new Error(`${path} --version failed: ${String(error)}`);
  }
}
