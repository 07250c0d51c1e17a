/** The stacks of a project in a backend: which there are, and creating one that is missing. */
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { explainEngineError } from "./engine-messages";
import { EngineError, type EngineProcesses } from "./engine-process";
import { DeployError } from "./errors";
import { removeCutOffAttributes } from "./local-backend";
import { forEachBounded } from "./pool";
import type { Site } from "./site";

/** Long enough for a slow object store, short enough to tell that there is none. */
const BACKEND_TIMEOUT_MS = 60_000;

/** The keys in a stack configuration file under which Pulumi keeps how secrets are encrypted. */
const ENCRYPTION_KEYS = ["secretsprovider", "encryptedkey", "encryptionsalt"] as const;

/** A stack as the backend lists it. */
export interface StackSummary {
  readonly name: string;
  /** Resources in the last state; 0 for a stack that was created and never deployed, or destroyed. */
  readonly resourceCount: number;
  /** Time of the last update; undefined before the first. */
  readonly lastUpdate: string | undefined;
}

/** All stacks of the project, by name. Throws a {@link DeployError} when the backend cannot be reached. */
export async function listStacks(processes: EngineProcesses, site: Site): Promise<Map<string, StackSummary>> {
  if (site.stateDir !== undefined) removeCutOffAttributes(site.stateDir);
  const stdout = await listAgainWhileChanging(() => runCli(processes, site, site.workDir, ["stack", "ls", "--json"]));
  const listed = JSON.parse(stdout) as { name: string; resourceCount?: number; lastUpdate?: string }[];
  return new Map(
    listed.map(({ name, resourceCount = 0, lastUpdate }) => [
      name,
      { name, resourceCount, lastUpdate: resourceCount > 0 ? lastUpdate : undefined },
    ]),
  );
}

/** How often a file backend is listed again that changed under the listing, because another update writes its state. */
const LISTINGS = 5;

async function listAgainWhileChanging(list: () => Promise<string>): Promise<string> {
  for (let listing = 1; ; listing++) {
    try {
      return await list();
    } catch (error) {
      const changed = error instanceof DeployError && /list bucket: .*code=NotFound/s.test(error.message);
      if (!changed || listing === LISTINGS) throw error;
    }
  }
}

/** Creates stacks, empty, which is harmless: a stack without outputs counts as not deployed. */
export async function createStacks(
  processes: EngineProcesses,
  site: Site,
  stacks: readonly string[],
  parallel: number,
): Promise<void> {
  // The first one may have to create the environment's encryption keys, which the others then share.
  const [first, ...others] = stacks;
  if (first === undefined) return;
  await createStack(processes, site, first);
  await forEachBounded(others, parallel, (stack) => createStack(processes, site, stack));
}

/**
 * `pulumi stack init` knows no --config-file: it reads and writes `Pulumi.<stack>.yaml` beside Pulumi.yaml. It therefore
 * runs in a folder of its own on a copy of the environment's file.
 */
export async function createStack(processes: EngineProcesses, site: Site, stack: string): Promise<void> {
  const scratch = mkdtempSync(join(site.cloud !== "google" ? site.workDir : tmpdir(), "new-stack-"));
  try {
    const config = join(scratch, `Pulumi.${stack}.yaml`);
    writeFileSync(config, readFileSync(site.configFile), { mode: 0o600 });
    await initializeStack(processes, site, scratch, stack, secretsProvider(config));
    keepEncryptionKeys(config, site.configFile);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** `pulumi stack init` in a folder of its own. */
export async function initializeStack(
  processes: EngineProcesses,
  site: Site,
  folder: string,
  stack: string,
  args: readonly string[],
): Promise<void> {
  copyFileSync(join(site.workDir, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
  await runCli(processes, site, folder, ["stack", "init", stack, "--no-select", ...args]);
}

/** Whether the environment's file says how secrets are encrypted, as it does once Pulumi has made a stack with it. */
export function hasEncryptionKeys({ configFile }: Site): boolean {
  const present = parse(readFileSync(configFile, "utf8")) as Record<string, unknown>;
  return present.encryptedkey !== undefined || present.encryptionsalt !== undefined;
}

/** `stack init` takes the secrets provider from its arguments only, and would ask for a passphrase instead of what the file says. */
function secretsProvider(config: string): string[] {
  const { secretsprovider } = parse(readFileSync(config, "utf8")) as { secretsprovider?: unknown };
  return typeof secretsprovider === "string" ? ["--secrets-provider", secretsprovider] : [];
}

/** Adds the keys that Pulumi created to the environment's file, as Pulumi would have; what is there is left alone. */
function keepEncryptionKeys(from: string, to: string): void {
  const created = parse(readFileSync(from, "utf8")) as Record<string, unknown>;
  const text = readFileSync(to, "utf8");
  const present = parse(text) as Record<string, unknown>;
  const added = ENCRYPTION_KEYS.filter((key) => created[key] !== undefined && present[key] === undefined);
  if (added.length === 0) return;
  const lines = stringify(Object.fromEntries(added.map((key) => [key, created[key]])), { lineWidth: 0 });
  appendFileSync(to, text.endsWith("\n") ? lines : `\n${lines}`);
}

async function runCli(processes: EngineProcesses, site: Site, cwd: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await processes.run(
      args,
      cwd,
      site.variables,
      undefined,
      undefined,
      undefined,
      BACKEND_TIMEOUT_MS,
    );
    return stdout;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new DeployError(explainEngineError(error.stderr, site.backend));
  }
}
