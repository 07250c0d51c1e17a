/** The command line: subcommands, arguments, options and their help. */
import { Command } from "commander";
import type { Project } from "../deploy/site";
import type { Operation } from "../preview/report";
import { checkCommand } from "./check";
import { addApiCommands } from "./control-api/commands";
import { addDrill } from "./drill/register";
import { EXIT_CODES_HELP } from "./exit-codes";
import { listCommand } from "./list";
import {
  addCommonOptions,
  addParallelOption,
  examplesHelp,
  type CommonOptions,
  type OperationCommandOptions,
} from "./options";
import { runCommand } from "./run";
import { addSandbox } from "./sandbox/register";

const SELECTION_HELP = `Without names, all clusters and the shared stack (resolution service, DNS zone) are worked on, clusters first. With
names, these clusters and then the shared stack, which holds their DNS records; --no-shared leaves it out, and the name
"shared" alone means only the shared stack.`;

const DESTROY_SELECTION_HELP = `Without names, everything is destroyed, the shared stack first. With names, only what is named; "shared" names the shared
stack. Protected resources stop it: they have to be unprotected first, on purpose.`;

/** Builds the command. `exit` receives the exit code of the subcommand that ran. */
export function buildProgram(project: Project, exit: (code: number) => void): Command {
  const program = new Command("clusters")
    .description(
      "Deploys an environment, every failure domain as a stack of its own, and moves users between its clusters.",
    )
    .showSuggestionAfterError()
    .configureHelp({ sortSubcommands: false })
    .addHelpText(
      "after",
      `\nExamples:\n  clusters preview prod\n  clusters up prod hackers\n  clusters list sandbox\n  clusters status prod\n\n${EXIT_CODES_HELP}`,
    );
  const add = (operation: Operation, description: string): Command =>
    addOperation(program, project, operation, description, exit);

  addParallelOption(add("preview", "show what an update would change, failure domain by failure domain"))
    .option("--markdown <file>", "also write the result as Markdown, for a pull request")
    .addHelpText(
      "after",
      examplesHelp(SELECTION_HELP, [
        "preview prod",
        "preview prod free hackers --markdown summary.md",
        "preview prod --cloud records --json",
      ]),
    );

  addParallelOption(add("up", "create and update, one failure domain after another; stops at the first that fails"))
    .option("--yes", "do not ask; without a terminal nothing is asked anyway")
    .option("--skip-preview", "do not preview every stack before the first is changed")
    .addHelpText(
      "after",
      examplesHelp(
        `${SELECTION_HELP}\n\nBefore anything is changed every stack has to pass its preview, policies included.`,
        ["up prod", "up prod hackers --no-shared", "up prod shared", "up sandbox --yes"],
      ),
    );

  add("refresh", "bring the state in line with what is really there")
    .option(
      "--clear-pending-creates",
      "forget creations that an interrupted update left open, after checking that they did not happen",
    )
    .addHelpText(
      "after",
      examplesHelp(SELECTION_HELP, ["refresh prod free --no-shared", "refresh prod free --clear-pending-creates"]),
    );

  add("destroy", "delete everything in the chosen stacks")
    .option("--yes", "do not ask; needed where there is no terminal to ask on")
    .addHelpText(
      "after",
      examplesHelp(DESTROY_SELECTION_HELP, ["destroy sandbox", "destroy prod hackers", "destroy sandbox --yes"]),
    );

  addCommonOptions(
    program
      .command("list")
      .description("list clusters and whether they are deployed")
      .argument("<env>", "environment, such as prod"),
  )
    .action(async (environment: string, options: CommonOptions) =>
      exit(await listCommand(project, environment, options)),
    )
    .addHelpText("after", examplesHelp(undefined, ["list prod", "list prod --json"]));

  addConfig(program, project, exit);
  addApiCommands(program, project, exit);
  addSandbox(program, project, exit);
  addDrill(program, project, exit);
  return program;
}

function addOperation(
  program: Command,
  project: Project,
  operation: Operation,
  description: string,
  exit: (code: number) => void,
): Command {
  const command = program
    .command(operation)
    .description(description)
    .argument("<env>", "environment, such as prod")
    .argument("[cluster...]", 'clusters by name, or "shared"');
  addCommonOptions(command)
    .option("--no-shared", "leave the shared stack out")
    .action(async (environment: string, names: string[], options: OperationCommandOptions) =>
      exit(await runCommand(project, operation, environment, names, options)),
    );
  return command;
}

function addConfig(program: Command, project: Project, exit: (code: number) => void): void {
  program
    .command("config")
    .description("about the configuration")
    .command("check")
    .description("check the environment's configuration; reports every mistake with its path")
    .argument("<env>", "environment, such as prod")
    .option("--config-file <file>", "the environment's configuration (default: Pulumi.<env>.yaml)")
    .option("--json", "print the result as JSON")
    .action((environment: string, options: CommonOptions) => exit(checkCommand(project, environment, options)))
    .addHelpText(
      "after",
      examplesHelp(undefined, ["config check prod", "config check prod --config-file draft/Pulumi.prod.yaml"]),
    );
}
