/**
 * A backend that lives as long as one preview. A stack that does not exist yet is previewed there, so that a preview
 * changes nothing: a pull request that adds a cluster needs no right to write where the state is.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { EngineProcesses } from "./engine-process";
import type { Site } from "./site";
import { createStack, initializeStack } from "./stacks";

/** Encrypts the state of an empty stack for some seconds. What the environment encrypts with is in its configuration file. */
const PASSPHRASE = "throw-away";

/** Runs `work` with a backend in which `stack` exists, empty, and removes the backend. */
export async function withThrowawayStack<T>(
  processes: EngineProcesses,
  site: Site,
  stack: string,
  work: (site: Site) => Promise<T>,
): Promise<T> {
  return withThrowawayBackend(site, async (throwaway, folder) => {
    const variables = { ...throwaway.variables, PULUMI_CONFIG_PASSPHRASE: PASSPHRASE };
    await initializeStack(processes, { ...throwaway, variables }, folder, stack, ["--secrets-provider", "passphrase"]);
    return work(throwaway);
  });
}

/** Lets Pulumi make the environment's encryption keys and adds them to its configuration file, without a stack. */
export async function makeEncryptionKeys(processes: EngineProcesses, site: Site, stack: string): Promise<void> {
  await withThrowawayBackend(site, (throwaway) => createStack(processes, throwaway, stack));
}

async function withThrowawayBackend<T>(site: Site, work: (site: Site, folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(site.cloud !== "google" ? site.workDir : tmpdir(), "new-stack-"));
  try {
    const stateDir = join(folder, "state");
    mkdirSync(stateDir);
    const variables = { ...site.variables, PULUMI_BACKEND_URL: `${pathToFileURL(stateDir).href}?no_tmp_dir=true` };
    return await work({ ...site, stateDir, variables }, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
