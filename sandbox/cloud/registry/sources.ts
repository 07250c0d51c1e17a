/** What the images are made of. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** From the repository's root: all that bundles contain, the versions of packages, and how bundles are made. */
const SOURCES = ["services", "config", "package-lock.json", "tools/bundle.ts", "tools/images.ts"];
const LENGTH = 16;

/** The same for as long as no image would come out another: a hash of all sources' names and contents. */
export function sourcesHash(root: string): string {
  const hash = createHash("sha256");
  for (const source of SOURCES) addTo(hash, root, source);
  return hash.digest("hex").slice(0, LENGTH);
}

function addTo(hash: ReturnType<typeof createHash>, root: string, path: string): void {
  const full = join(root, path);
  if (statSync(full).isDirectory()) {
    for (const name of readdirSync(full).sort()) addTo(hash, root, join(path, name));
    return;
  }
  const content = readFileSync(full);
  hash.update(`${path}\0${content.length}\0`).update(content);
}
