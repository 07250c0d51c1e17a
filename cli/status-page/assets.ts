/** The page's files, read once. */
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";

const FOLDER = join(__dirname, "page");

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

export interface Asset {
  readonly type: string;
  readonly body: Buffer;
}

/** By the path below the page's address; the page itself has none. Nothing else is ever served, whatever a path says. */
export function readAssets(): ReadonlyMap<string, Asset> {
  const files = readdirSync(FOLDER).flatMap((name): [string, Asset][] => {
    const type = TYPES[extname(name)];
    return type === undefined ? [] : [[name, { type, body: readFileSync(join(FOLDER, name)) }]];
  });
  return new Map(files.map(([name, asset]) => [name === "index.html" ? "" : name, asset]));
}
