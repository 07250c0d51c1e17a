/** Where load balancers keep their files. */
import { join } from "node:path";

export const FOLDER = "load-balancers";

/** The folder of their HAProxies' files, given a local cloud's directory. */
export function balancersFolder(directory: string): string {
  return join(directory, FOLDER);
}
