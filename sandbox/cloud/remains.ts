/** What a local cloud keeps outside of its directory, where that is too deep for sockets or closed to PostgreSQL's user. */
import { rmSync } from "node:fs";
import { cloudDnsFiles } from "./dns/knot";
import { balancersFolder } from "./load-balancers/folder";
import { ShortPaths } from "./machines/short-paths";
import { removeAllData } from "./sql/data-folder";

/** Removes it, and PostgreSQL's data wherever it is. To be called when nothing of the local cloud runs. */
export function removeRemains(directory: string): void {
  removeAllData(directory);
  for (const folder of [directory, balancersFolder(directory)]) new ShortPaths(folder).remove();
  rmSync(cloudDnsFiles(directory).socket, { force: true });
}
