/** Runs the command and turns errors into one message and an exit code. */
import { CommanderError } from "commander";
import { ConfigError } from "../config";
import { CancelledError, DeployError, UsageError } from "../deploy/errors";
import type { Project } from "../deploy/site";
import { LocalCloudError } from "../sandbox/cloud/client";
import { ServiceError } from "./control-api/failure";
import { EXIT } from "./exit-codes";
import { buildProgram } from "./program";
import { outliveReaders, say } from "./terminal";

/** Runs the command on a project and returns the exit code. `argv` is as Node has it. */
export async function main(project: Project, argv: readonly string[]): Promise<number> {
  outliveReaders();
  let code: number = EXIT.ok;
  const program = buildProgram(project, (result) => (code = result));
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)])
    command.exitOverride();
  try {
    await program.parseAsync(argv);
    return code;
  } catch (error) {
    return exitCodeOf(error);
  }
}

function exitCodeOf(error: unknown): number {
  // Commander has printed its own message, and help is no error.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof CancelledError) return EXIT.cancelled;
  if (error instanceof UsageError || error instanceof ConfigError) {
    say(`error: ${error.message}`);
    return EXIT.usage;
  }
  if (error instanceof DeployError || error instanceof ServiceError || error instanceof LocalCloudError) {
    say(`error: ${error.message}`);
    return EXIT.failed;
  }
  // Anything else is a mistake in this program: its stack trace is wanted, in terms of the sources.
  process.setSourceMapsEnabled(true);
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return EXIT.failed;
}
