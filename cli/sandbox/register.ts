/** The subcommand that brings the sandbox up: its options and help. */
import { InvalidArgumentError, type Command } from "commander";
import type { Project } from "../../deploy/site";
import { examplesHelp } from "../options";
import { sandboxCommand, type SandboxOptions } from "./command";

const HELP = `Everything of Pulumi.sandbox.yaml runs on this machine, without a cloud account: see docs/sandbox.md. It ends with a table of
sample users: what DNS answers, which cluster served. Where it was interrupted, the next run goes on; a run that finds all of it in
place changes nothing.`;

const PATIENCE_SECONDS = 180;

export function addSandbox(program: Command, project: Project, exit: (code: number) => void): void {
  program
    .command("sandbox")
    .description("bring the sandbox up on this machine, with users in it, and prove that it answers")
    .option("--down", "take it away again: processes and files")
    .option("--no-up", "change nothing but the sample users; only prove what is there")
    .option(
      "--patience <seconds>",
      `how long it may take to answer (default: ${PATIENCE_SECONDS})`,
      seconds,
      PATIENCE_SECONDS,
    )
    .option("--config-file <file>", "the environment's configuration (default: Pulumi.sandbox.yaml)")
    .option("--json", "print the result as JSON")
    .action(async (options: SandboxOptions) => exit(await sandboxCommand(project, options)))
    .addHelpText("after", examplesHelp(HELP, ["sandbox", "sandbox --no-up --patience 30 --json", "sandbox --down"]));
}

function seconds(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("it is a number of seconds from 1 on");
}
