/** What the subcommands accept in common, and its help. */
import { InvalidArgumentError, Option, type Command } from "commander";
import { defaultParallel } from "../deploy/operation";
import { clouds, type Cloud } from "../deploy/site";
import { EXIT_CODES_HELP } from "./exit-codes";

export interface CommonOptions {
  readonly cloud?: Cloud;
  readonly configFile?: string;
  readonly json?: boolean;
}

export interface OperationCommandOptions extends CommonOptions {
  readonly shared: boolean;
  readonly parallel?: number;
  readonly yes?: boolean;
  readonly skipPreview?: boolean;
  readonly clearPendingCreates?: boolean;
  readonly markdown?: string;
}

export function addCommonOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--cloud <cloud>",
        "google: the real cloud; local: real processes on this machine; records: what would be created, on paper, also on this machine (default: local for sandbox, else google)",
      ).choices(clouds),
    )
    .option("--config-file <file>", "the environment's configuration (default: Pulumi.<env>.yaml)")
    .option("--json", "print the result as JSON");
}

export function addParallelOption(command: Command): Command {
  return command.option(
    "--parallel <n>",
    `how many previews run at once (default: ${defaultParallel()})`,
    positiveInteger,
  );
}

function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError("it is a number from 1 on");
  return Number(text);
}

/** The options, as words, that a later run needs to work on the same thing. */
export function optionWords({ cloud, configFile }: CommonOptions): string[] {
  return [
    ...(cloud === undefined ? [] : ["--cloud", cloud]),
    ...(configFile === undefined
      ? []
      : ["--config-file", /^[\w./@-]+$/.test(configFile) ? configFile : `'${configFile.replace(/'/g, `'\\''`)}'`]),
  ];
}

/** What a subcommand's help ends with. */
export function examplesHelp(text: string | undefined, examples: readonly string[]): string {
  const shown = examples.map((example) => `  clusters ${example}`).join("\n");
  return [...(text === undefined ? [] : [`\n${text}`]), `\nExamples:\n${shown}`, `\n${EXIT_CODES_HELP}`].join("\n");
}
