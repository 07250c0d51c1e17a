/** Finds the Pulumi engine: the one on PATH if its version fits, otherwise the one that `make engine` built. */
import { execFile } from "node:child_process";
import { realpathSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { parse, satisfies, type SemVer } from "semver";
import { isExecutable } from "../tools/executable";
import { UsageError } from "./errors";

/** Engines from the version of the SDK in package.json on serve it; the next major version need not. */
export const FITTING_VERSIONS = ">=3.248.0 <4";

/** What `make engine` builds, see tools/. */
export const BUILT_ENGINE = "engine-v3.255.0";

/** Printing its version takes an engine a fraction of a second. */
const VERSION_TIMEOUT_MS = 20_000;

export interface Engine {
  /** Absolute path of the executable. */
  readonly path: string;
  readonly version: SemVer;
  /** The engine can start Node programs by itself, as a complete Pulumi installation can; one built from its modules cannot. */
  readonly hasNodeHost: boolean;
}

/** Throws a {@link UsageError} that says how to get one when there is none that fits. */
export async function findEngine(environment: NodeJS.ProcessEnv = process.env): Promise<Engine> {
  const cache = environment.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const onPath = findExecutable("pulumi", environment);
  const unfit: string[] = [];
  for (const path of [onPath, join(cache, "failure-domains", BUILT_ENGINE, "bin", "pulumi")]) {
    if (path === undefined || !isExecutable(path)) continue;
    const version = await versionOf(path);
    if (version !== undefined && fits(version)) return { path, version, hasNodeHost: hasNodeHost(path, environment) };
    unfit.push(`${path} is ${version?.version ?? "of no known version"}`);
  }
  const found = unfit.length === 0 ? "no Pulumi engine was found" : `no Pulumi engine fits: ${unfit.join(", ")}`;
  throw new UsageError(
    `${found}; install pulumi ${FITTING_VERSIONS}, or run "make engine", which builds one and needs Go`,
  );
}

/** Whether this project works with an engine of that version. */
export function fits(version: SemVer): boolean {
  return satisfies(version, FITTING_VERSIONS);
}

async function versionOf(path: string): Promise<SemVer | undefined> {
  try {
    const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
    const { stdout } = await promisify(execFile)(path, ["version"], { env, timeout: VERSION_TIMEOUT_MS });
    return parse(stdout.trim()) ?? undefined;
  } catch {
    return undefined;
  }
}

function hasNodeHost(enginePath: string, environment: NodeJS.ProcessEnv): boolean {
  const host = "pulumi-language-nodejs";
  return isExecutable(join(dirname(realpathSync(enginePath)), host)) || findExecutable(host, environment) !== undefined;
}

function findExecutable(name: string, environment: NodeJS.ProcessEnv): string | undefined {
  const folders = (environment.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}
