/** Running the command as a user does: as a process, with its output captured. */
import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";

export interface Finished {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
}

/** Long enough for the engine on a busy machine; a command that hangs is killed and shows as code null. */
const TIMEOUT_MS = 480_000;

/** The environment variables of a test's child: this process's, without what a person's own Pulumi has set. */
export function cleanVariables(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("PULUMI_") && name !== "NO_COLOR" && name !== "FORCE_COLOR",
  );
  return { ...Object.fromEntries(inherited), ...extra };
}

/** Starts a program without a terminal. */
export function start(file: string, args: readonly string[], variables: NodeJS.ProcessEnv, cwd?: string): Running {
  const child = spawn(file, args, {
    env: variables,
    stdio: ["ignore", "pipe", "pipe"],
    ...(cwd !== undefined && { cwd }),
  });
  const finished = new Promise<Finished>((resolve, reject) => {
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS);
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr });
    });
  });
  return { child, finished };
}

/** The real command of this repository. */
export function runClusters(
  args: readonly string[],
  variables: NodeJS.ProcessEnv = cleanVariables(),
): Promise<Finished> {
  return start(join(__dirname, "..", "..", "cli", "clusters"), args, variables).finished;
}
