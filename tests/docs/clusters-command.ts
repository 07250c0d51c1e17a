/** The command line as documented, held against the command itself without running it. */
import type { Command } from "commander";
import { buildProgram } from "../../cli/program";
import { platform } from "../../deploy/project";

/** Throws commander's error when the command does not accept these words. A subcommand alone is its name, not a use of it. */
export function parseOnly(words: readonly string[]): void {
  const program = buildProgram(platform, () => undefined);
  disarm(program);
  if (words.length === 1 && program.commands.some((command) => command.name() === words[0])) return;
  program.parse([...words], { from: "user" });
}

function disarm(command: Command): void {
  command.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  if (command.commands.length === 0) command.action(() => undefined);
  for (const subcommand of command.commands) disarm(subcommand);
}

/** The words after `clusters`, or undefined for another command. Quotes are a shell's and no part of a word. */
export function wordsOf(line: string): string[] | undefined {
  const [, rest] = /^(?:cli\/)?clusters (.*)$/.exec(line) ?? [];
  return rest?.split(/\s+/).map((word) => word.replace(/^["']|["']$/g, ""));
}
