/** Finding Knot, and making sure that it is one that this driver knows. */
import { findExecutable } from "../executable";

/** The path to run Knot by. Throws an error that names path, version and remedy. */
export async function findKnot(executable = "knotd"): Promise<string> {
  return await findExecutable(executable, {
    name: "Knot",
    package: "knot",
    versionArgument: "--version",
    versionPattern: /version (\d+)\.(\d+)/,
    // The first version with all that the configuration uses; what was measured ran on 3.2.6.
    minimum: [3, 2],
  });
}
