/** A tiny project in a temporary folder with everything to drive the command on it. */
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cleanVariables, start, type Finished, type Running } from "../command";
import { tempDir } from "../temp-dir";
import type { ProgramSpec } from "./program";

const repository = join(__dirname, "..", "..", "..");

export interface Workbench {
  readonly root: string;
  readonly sandbox: string;
  /** Sets what the program registers. */
  program(spec: ProgramSpec): void;
  start(...args: string[]): Running;
  /** In a terminal of its own, which closes when the child is killed. */
  startInTerminal(...args: string[]): Running;
  run(...args: string[]): Promise<Finished>;
}

/** The environment is `prod` of this repository: clusters `free` and `hackers`. */
export function workbench(extra: (root: string) => NodeJS.ProcessEnv = () => ({})): Workbench {
  const root = tempDir();
  const sandbox = join(root, "sandbox");
  for (const file of ["Pulumi.yaml", "Pulumi.prod.yaml"]) copyFileSync(join(repository, file), join(root, file));
  const script = join(__dirname, "cli.ts");
  const variables = cleanVariables({ CLUSTERS_SANDBOX_DIR: sandbox, ...extra(root) });
  const command = [process.execPath, "--require", require.resolve("../../../tools/typescript.cjs"), script, root];
  const startCli = (...args: string[]): Running => start(process.execPath, [...command.slice(1), ...args], variables);
  const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
  return {
    root,
    sandbox,
    program: (spec) => writeFileSync(join(root, "program.json"), JSON.stringify(spec)),
    start: startCli,
    startInTerminal: (...args) =>
      start("script", ["-qec", `exec ${[...command, ...args].map(quote).join(" ")}`, "/dev/null"], variables),
    run: (...args) => startCli(...args).finished,
  };
}
