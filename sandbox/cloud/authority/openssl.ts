/** Running the openssl program, which makes keys and certificates. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { findExecutable } from "../../../services/node-agent/executable";

/** A key pair takes milliseconds; a machine under load may take seconds. */
const TIMEOUT_MS = 30_000;

export class OpenSsl {
  private constructor(private readonly executable: string) {}

  /** Finds it on the PATH; throws an error that names the program, its version and Debian's package. */
  static async find(executable = "openssl"): Promise<OpenSsl> {
    const path = await findExecutable(executable, {
      name: "OpenSSL",
      package: "openssl",
      versionArgument: "version",
      versionPattern: /^OpenSSL (\d+)\.(\d+)/,
      // The first whose `req` takes keys of any kind from `genpkey`, as they are made here.
      minimum: [1, 1],
    });
    return new OpenSsl(path);
  }

  /** Runs one of its commands in a directory; throws with what it says. */
  async run(directory: string, ...args: readonly string[]): Promise<void> {
    try {
      await promisify(execFile)(this.executable, args, { cwd: directory, timeout: TIMEOUT_MS });
    } catch (error) {
      const { stderr = "", message } = error as { stderr?: string; message: string };
      throw new Error(`openssl ${args[0] ?? ""} failed: ${stderr.trim() || message}`, { cause: error });
    }
  }
}
