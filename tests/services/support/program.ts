/** Starting the services' own programs, from their sources. */
import { join } from "node:path";

const REPOSITORY = join(__dirname, "..", "..", "..");

/** The command that runs one of the repository's programs. */
export function program(file: string): [string, ...string[]] {
  return [process.execPath, "--require", join(REPOSITORY, "tools", "typescript.cjs"), join(REPOSITORY, file)];
}

/** Whether a program's probe answers that it is well. */
export async function probe(port: number, path: "/healthz" | "/readyz"): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(1_000) });
  await response.body?.cancel();
  return response.ok;
}
