/**
 * Makes a service one file with everything in it that it runs, so that its image holds neither packages nor a package manager:
 *
 *     node --require ./tools/typescript.cjs tools/bundle.ts control-api <folder>
 */
import { cpSync, mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { images, type BundledService } from "./images";

const ROOT = join(__dirname, "..");

/** The bundle's name in its folder. */
export const BUNDLE = "main.js";

/** Writes a service and its assets into a folder, which is made where it is missing. */
export async function bundle(service: BundledService, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await build({
    absWorkingDir: ROOT,
    entryPoints: [service.entry],
    outfile: join(folder, BUNDLE),
    bundle: true,
    platform: "node",
    // The oldest that package.json allows.
    target: "node20",
    format: "cjs",
    // Names and lines stay legible in stack traces; there is no download to keep small.
    minify: false,
    // Optional, and absent here: pg asks for it and goes on without.
    external: ["pg-native"],
    logLevel: "warning",
  });
  for (const asset of service.assets) cpSync(join(ROOT, asset), join(folder, basename(asset)), { recursive: true });
}

/** Runs the command; returns its exit code. */
async function main([name = "", folder]: readonly string[]): Promise<number> {
  const service = images[name]?.service;
  if (service === undefined || folder === undefined) {
    const known = Object.entries(images).flatMap(([image, { service }]) => (service === undefined ? [] : [image]));
    process.stderr.write(`usage: tools/bundle.ts ${known.join("|")} <folder>\n`);
    return 2;
  }
  await bundle(service, folder);
  return 0;
}

if (require.main === module) {
  void main(process.argv.slice(2)).then((code) => {
    process.exitCode = code;
  });
}
