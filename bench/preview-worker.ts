/**
 * Previews one stack once, as a process of its own so that it can be measured whole:
 * `preview-worker.ts cluster|plain with-policies|no-policies <configuration file> <number of plain resources>`.
 * Prints how many resources the preview creates.
 */
import { runOperation, type Listener } from "../deploy/operation";
import { platform } from "../deploy/project";
import { openSession } from "../deploy/session";
import type { Project } from "../deploy/site";
import { plainProgram } from "./plain-program";

const SILENT: Listener = {
  started: () => undefined,
  progress: () => undefined,
  note: () => undefined,
  finished: () => undefined,
};

async function main([variant, policies, configFile, count]: readonly string[]): Promise<void> {
  const project: Project = {
    ...platform,
    ...(variant === "plain" && { loadProgram: () => Promise.resolve(plainProgram(Number(count))) }),
    policyPack: policies === "with-policies" ? platform.policyPack : undefined,
  };
  const session = await openSession(project, { environment: "prod", cloud: "records", configFile }, () => undefined);
  const report = await runOperation(session, "preview", [{ domain: "free", stack: "prod.free" }], SILENT);
  const [stack] = report.stacks;
  if (stack?.outcome !== "succeeded")
    throw new Error(`the preview ${stack?.outcome}: ${JSON.stringify(stack?.digest.diagnostics)}`);
  process.stdout.write(`${stack.digest.counts.create}\n`);
}

void main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
