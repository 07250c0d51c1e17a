/** Finding HAProxy, and making sure that it is one that this driver knows. */
import { findExecutable } from "../executable";

/** The path to run HAProxy by. Throws an error that names path, version and remedy. */
export async function findHaproxy(executable: string): Promise<string> {
  return await findExecutable(executable, {
    name: "HAProxy",
    package: "haproxy",
    versionArgument: "-v",
    versionPattern: /^HAProxy version (\d+)\.(\d+)/,
    // The first one whose runtime API adds servers with all that the configuration gives them; all was measured on 2.6.12.
    minimum: [2, 6],
  });
}
