/** The subcommands that run an operation: preview, up, refresh, destroy. */
import { writeFileSync } from "node:fs";
import { endIfEmpty, withLocalCloud } from "../deploy/live";
import { runOperation } from "../deploy/operation";
import { resumeCommand } from "../deploy/resume";
import { selectTargets, type Target } from "../deploy/selection";
import { openSession, type Session } from "../deploy/session";
import type { Project } from "../deploy/site";
import { changeLines } from "../preview/changes";
import { reportJson } from "../preview/json";
import { reportMarkdown } from "../preview/markdown";
import { overallOutcome, type Operation, type Report } from "../preview/report";
import { summaryTable } from "../preview/table";
import { confirm, isInteractive, requireInteractive } from "./confirm";
import { EXIT, EXIT_OF_OUTCOME } from "./exit-codes";
import { optionWords, type OperationCommandOptions } from "./options";
import { Progress } from "./progress";
import { paintFor, printJson, printResult, say } from "./terminal";

/** Runs the operation and returns the exit code. `print` is given the result, for people. */
export async function runCommand(
  project: Project,
  operation: Operation,
  environment: string,
  names: readonly string[],
  options: OperationCommandOptions,
  print: (text: string) => void = printResult,
): Promise<number> {
  const session = await openSession(
    project,
    { environment, cloud: options.cloud, configFile: options.configFile },
    say,
  );
  const targets = selectTargets(session.environment, operation, { names, shared: options.shared });
  if (operation === "destroy" && options.yes !== true) requireInteractive("destroy");
  const stopListening = session.interruption.listen();
  try {
    const blocked = await beforehand(session, operation, targets, options, print);
    if (blocked !== undefined) return blocked;
    // A preview changes nothing, so that nothing has to run for it.
    const live = operation === "preview" ? session : await withLocalCloud(session, say);
    const report = await run(live, operation, targets, options);
    if (operation === "destroy") await endIfEmpty(live, say);
    return finish(live, report, options, print);
  } finally {
    stopListening();
  }
}

/** What comes before something is changed: a look at all of it, and a question. Returns an exit code to stop with. */
async function beforehand(
  session: Session,
  operation: Operation,
  targets: readonly Target[],
  options: OperationCommandOptions,
  print: (text: string) => void,
): Promise<number | undefined> {
  const ask = options.yes !== true && isInteractive();
  if (operation === "up" && options.skipPreview !== true) {
    const plan = await run(session, "preview", targets, options);
    const passed = overallOutcome(plan) === "succeeded" && !session.interruption.requested;
    if (!passed) say("Nothing was changed: every failure domain has to pass its preview first.");
    if (!passed) return finish(session, plan, options, print);
    if (ask) say(describe(plan, process.stderr));
  }
  if (!ask || (operation !== "up" && operation !== "destroy")) return undefined;
  return (await agreed(session, operation, targets)) ? undefined : EXIT.cancelled;
}

async function agreed(
  { environment, site }: Session,
  operation: "up" | "destroy",
  targets: readonly Target[],
): Promise<boolean> {
  const what = `${targets.map(({ domain }) => domain).join(", ")} of ${environment.name} (${site.cloud} cloud, ${site.backend})`;
  const yes =
    operation === "up"
      ? await confirm(`Update ${what}? Type yes to go on:`, "yes")
      : await confirm(`Destroy ${what}? Type the environment's name to go on:`, environment.name);
  if (!yes) say("Nothing was changed.");
  return yes;
}

async function run(
  session: Session,
  operation: Operation,
  targets: readonly Target[],
  options: OperationCommandOptions,
): Promise<Report> {
  const width = Math.max(...targets.map(({ domain }) => domain.length));
  const progress = new Progress(process.stderr, width, paintFor(process.stderr));
  const { parallel, clearPendingCreates = false } = options;
  try {
    return await runOperation(session, operation, targets, progress, {
      clearPendingCreates,
      ...(parallel !== undefined && { parallel }),
    });
  } finally {
    progress.stop();
  }
}

/** Prints the result and returns the exit code. */
function finish(
  session: Session,
  report: Report,
  options: OperationCommandOptions,
  print: (text: string) => void,
): number {
  if (options.markdown !== undefined) writeFileSync(options.markdown, reportMarkdown(report));
  if (options.json === true) printJson(reportJson(report));
  else print(describe(report, process.stdout));
  const outcome = session.interruption.requested ? "cancelled" : overallOutcome(report);
  if (outcome !== "succeeded" && report.operation !== "preview") sayHowToGoOn(report, options);
  return EXIT_OF_OUTCOME[outcome];
}

/** A preview tells what would change; the other operations have told it line by line, so only what went wrong is repeated. */
function describe(report: Report, stream: NodeJS.WriteStream): string {
  const paint = paintFor(stream);
  const told = report.stacks.filter(({ outcome }) => report.operation === "preview" || outcome !== "succeeded");
  const details = told.map((stack) => changeLines(stack, paint)).filter((lines) => lines.length > 0);
  return [...details.map((lines) => `${lines.join("\n")}\n`), summaryTable(report, paint)].join("\n");
}

function sayHowToGoOn(report: Report, options: OperationCommandOptions): void {
  const by = (wanted: string): string =>
    report.stacks
      .filter(({ outcome }) => outcome === wanted)
      .map(({ domain }) => domain)
      .join(", ") || "none";
  const command = resumeCommand(report, optionWords(options));
  if (command === undefined) return;
  say(`Done: ${by("succeeded")}. Not begun: ${by("skipped")}. To go on:\n  ${command}`);
}
