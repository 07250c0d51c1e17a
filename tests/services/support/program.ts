/** Starting programs: the services as their images run them, others from their sources. */
import { join } from "node:path";
import { bundle, BUNDLE } from "../../../tools/bundle";
import { images } from "../../../tools/images";

const REPOSITORY = join(__dirname, "..", "..", "..");

/** A program and its arguments. */
export type CommandLine = readonly [string, ...string[]];

/** Makes a service's bundle in a folder of its own, and gives the command that runs it. */
export async function bundledProgram(
  image: "control-api" | "node-agent" | "container-host",
  folder: string,
): Promise<CommandLine> {
  const { service } = images[image] ?? {};
  if (service === undefined) throw new Error(`tools/images.ts has no service ${image}`);
  await bundle(service, join(folder, image));
  return [process.execPath, join(folder, image, BUNDLE)];
}

/** The command that runs one of the repository's programs from its source. */
export function program(file: string): CommandLine {
  return [process.execPath, "--require", join(REPOSITORY, "tools", "typescript.cjs"), join(REPOSITORY, file)];
}

/** Whether a program's probe answers that it is well. */
export async function probe(port: number, path: "/healthz" | "/readyz"): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(1_000) });
  await response.body?.cancel();
  return response.ok;
}
