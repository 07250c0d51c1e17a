/** The subcommand that rehearses incidents: its arguments, options and help. */
import type { Command } from "commander";
import type { Project } from "../../deploy/site";
import { examplesHelp } from "../options";
import { drillCommand, type DrillOptions } from "./command";

const HELP = `Visitors of all sample users ask for their apps meanwhile. What was broken is put right at the end, however that comes about.
A drill that does not go as promised ends with exit code 1.`;

export function addDrill(program: Command, project: Project, exit: (code: number) => void): void {
  program
    .command("drill")
    .description("break something of the sandbox on purpose, and see who notices")
    .argument("[name]", 'the drill, or "all"')
    .argument("[cluster]", "the cluster that it happens to (default: the one with most sample users)")
    .option("--list", "tell which drills there are")
    .option("--environment <env>", "an environment on the local cloud (default: sandbox)")
    .option("--config-file <file>", "its configuration (default: Pulumi.<env>.yaml)")
    .option("--json", "print the result as JSON")
    .action(async (name: string | undefined, cluster: string | undefined, options: DrillOptions) =>
      exit(await drillCommand(project, name, cluster, options)),
    )
    .addHelpText(
      "after",
      examplesHelp(HELP, ["drill --list", "drill kill-cluster hackers", "drill move-under-load --json", "drill all"]),
    );
}
