/**
 * `clusters sandbox --down`: ends everything that runs and removes every file, whatever state they are in. It takes seconds, where
 * `clusters destroy sandbox` takes all of it apart in good order.
 */
import { existsSync, rmSync } from "node:fs";
import { localCloudOf, sandboxDir } from "../../deploy/local-site";
import { SANDBOX_ENVIRONMENT } from "../../deploy/session";
import type { Project } from "../../deploy/site";
import { removeRemains } from "../../sandbox/cloud/remains";
import { EXIT } from "../exit-codes";
import { printJson, printResult, say } from "../terminal";

/** Returns the exit code. */
export async function takeDown(project: Project, { json = false }: { readonly json?: boolean }): Promise<number> {
  const directory = sandboxDir(project, SANDBOX_ENVIRONMENT);
  const existed = existsSync(directory);
  if (existed) {
    const cloud = localCloudOf(project, SANDBOX_ENVIRONMENT);
    await cloud.stop({ notify: say });
    removeRemains(cloud.directory);
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  }
  if (json) printJson({ existed, directory });
  else printResult(existed ? `the sandbox is gone, and so is ${directory}` : "there is no sandbox");
  return EXIT.ok;
}
