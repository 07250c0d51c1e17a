/** The subcommands that ask the control API: their arguments, options and help. */
import { InvalidArgumentError, Option, type Command } from "commander";
import type { Project } from "../../deploy/site";
import { examplesHelp } from "../options";
import { connect, type ApiCommand, type ApiOptions } from "./connect";
import { evacuateCommand, type EvacuateOptions } from "./evacuate";
import { moveCommand, type MoveOptions } from "./move";
import { resolveCommand } from "./resolve";
import { statusCommand, type StatusOptions } from "./status";

const TOKEN_HELP = `The control API has to be told who asks. The token comes from CLUSTERS_TOKEN, from the file that CLUSTERS_TOKEN_FILE
names, from the output of CLUSTERS_TOKEN_COMMAND, or from gcloud, which takes on the service account in
resolution.callers.operators, or the one that CLUSTERS_IMPERSONATE names.`;

const MOVE_HELP = `It ends when the user lives in the destination for all who ask; the old cluster goes on forwarding after that, until cached
answers are gone. Ctrl-C leaves the move running.`;

const EVACUATE_HELP = `First it shows who would go where, and asks. It ends when everybody has moved or stays where they are. Ctrl-C leaves the
evacuation running.`;

/** Adds them. `exit` receives the exit code of the one that ran. */
export function addApiCommands(program: Command, project: Project, exit: (code: number) => void): void {
  addResolve(program, project, exit);
  addMove(program, project, exit);
  addEvacuate(program, project, exit);
  addStatus(program, project, exit);
}

type Exit = (code: number) => void;
type Run<O extends ApiOptions> = (command: ApiCommand<O>) => Promise<number>;

async function withApi<O extends ApiOptions>(project: Project, environment: string, options: O, run: Run<O>) {
  return run(connect(project, environment, options));
}

function addResolve(program: Command, project: Project, exit: Exit): void {
  apiCommand(program, "resolve", "tell which cluster a user lives in")
    .argument("<host|user>", "a user's name; or a host, such as app.alice.apps.example.org or a custom domain")
    .action(async (environment: string, name: string, options: ApiOptions) =>
      exit(await withApi(project, environment, options, (command) => resolveCommand(command, name))),
    )
    .addHelpText("after", examplesHelp(TOKEN_HELP, ["resolve prod alice", "resolve prod www.example.org --json"]));
}

function addMove(program: Command, project: Project, exit: Exit): void {
  withTransferOptions(apiCommand(program, "move", "move one user to another cluster"))
    .argument("<user>", "the user's name")
    .option("--to <cluster>", "where to (default: the least loaded cluster of the user's plan)")
    .action(async (environment: string, user: string, options: MoveOptions) =>
      exit(await withApi(project, environment, options, (command) => moveCommand(command, user))),
    )
    .addHelpText(
      "after",
      examplesHelp(`${MOVE_HELP}\n\n${TOKEN_HELP}`, [
        "move prod alice --to hackers",
        "move prod alice --emergency --reason 'free is on fire'",
      ]),
    );
}

function addEvacuate(program: Command, project: Project, exit: Exit): void {
  withTransferOptions(apiCommand(program, "evacuate", "move a cluster's users elsewhere, all or some of them"))
    .argument("[cluster]", "the cluster to move them from")
    .option("--to <cluster...>", "where to (default: the clusters of each user's plan, then reserves)")
    .addOption(
      new Option("--share <part>", "only this part of the users, above 0 and up to 1; the same part is the same users")
        .argParser(share)
        .conflicts("usersFile"),
    )
    .option("--users-file <file>", "only the users in this file, one per line")
    .option("--rate <n>", "moves begun per second (default: 100)", positive)
    .option("--concurrency <n>", "moves under way at once (default: 1000)", positiveInteger)
    .option("--dry-run", "only tell who would go where")
    .option("--yes", "do not ask; needed where there is no terminal to ask on")
    .option("--follow <id>", "watch an evacuation that is running", evacuationId)
    .option("--pause <id>", "begin no more moves; what is under way ends", evacuationId)
    .option("--resume <id>", "go on with one that was paused", evacuationId)
    .option("--abort <id>", "call off the moves that have not begun; what is under way ends", evacuationId)
    .action(async (environment: string, cluster: string | undefined, options: EvacuateOptions) =>
      exit(await withApi(project, environment, options, (command) => evacuateCommand(command, cluster))),
    )
    .addHelpText(
      "after",
      examplesHelp(`${EVACUATE_HELP}\n\n${TOKEN_HELP}`, [
        "evacuate prod free --dry-run",
        "evacuate prod free --share 0.2 --to free2",
        "evacuate prod free --emergency --rate 1000 --yes",
        "evacuate prod --pause 0192f2c4-5a7e-7000-8000-000000000001",
      ]),
    );
}

function addStatus(program: Command, project: Project, exit: Exit): void {
  apiCommand(program, "status", "tell how full clusters are, which nodes lag, and what is being moved")
    .addOption(new Option("--web", "serve a page that shows it, and where users can be moved").conflicts("json"))
    .option("--port <n>", "port of the page, on this machine only (default: a free one)", portNumber)
    .action(async (environment: string, options: StatusOptions) =>
      exit(await withApi(project, environment, options, statusCommand)),
    )
    .addHelpText("after", examplesHelp(TOKEN_HELP, ["status prod", "status prod --json", "status prod --web"]));
}

function apiCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .argument("<env>", "environment, such as prod")
    .option("--api <url>", "address of the control API (default: CLUSTERS_API_URL, else the environment's)")
    .option("--config-file <file>", "the environment's configuration (default: Pulumi.<env>.yaml)")
    .option("--json", "print the result as JSON");
}

function withTransferOptions(command: Command): Command {
  return command
    .option("--emergency", "do not wait for machines that do not answer: for a cluster that is down")
    .option("--reason <text>", "why, for the audit")
    .option("--no-wait", "do not wait for the end");
}

function evacuationId(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text;
  throw new InvalidArgumentError("it is no evacuation's id; clusters status shows those there are");
}

function share(text: string): number {
  const part = Number(text);
  if (/^(\d+\.?\d*|\.\d+)$/.test(text) && part > 0 && part <= 1) return part;
  throw new InvalidArgumentError("it is a part of the users, above 0 and up to 1, such as 0.2");
}

function positive(text: string): number {
  if (/^(\d+\.?\d*|\.\d+)$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError("it is a number above 0");
}

function portNumber(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw new InvalidArgumentError("it is a port, from 1 to 65535");
}

function positiveInteger(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("it is a whole number from 1 on");
}
