/** `clusters drill`: breaks something of the sandbox on purpose, under load, and tells whether that went as promised. */
import { dirname, join } from "node:path";
import { CancelledError, UsageError } from "../../deploy/errors";
import { SANDBOX_ENVIRONMENT } from "../../deploy/session";
import type { Project } from "../../deploy/site";
import { columns } from "../../preview/table";
import { NO_FAULTS } from "../../sandbox/cloud/controller";
import { itemsOf } from "../../services/contracts/client";
import { EXIT } from "../exit-codes";
import { openLive, type LiveEnvironment } from "../live/environment";
import { Waiting } from "../live/waiting";
import { sampleUsers } from "../sandbox/samples";
import { paintFor, printJson, printResult, say } from "../terminal";
import { DrillError, type Drill } from "./drill";
import { DRILLS, drillsNamed } from "./drills";
import { lockDrills } from "./lock";
import { drillJson, drillText, hasPassed, summaryOf, type DrillReport } from "./report";
import { runDrill } from "./run";
import type { Resident } from "./statistics";

export interface DrillOptions {
  readonly list?: boolean;
  readonly json?: boolean;
  readonly configFile?: string;
  readonly environment?: string;
}

/** Returns the exit code. */
export async function drillCommand(
  project: Project,
  name: string | undefined,
  cluster: string | undefined,
  options: DrillOptions,
): Promise<number> {
  if (options.list === true) return list(options);
  if (name === undefined) throw new UsageError("say which drill; clusters drill --list shows those there are");
  const drills = drillsNamed(name);
  const { environment = SANDBOX_ENVIRONMENT, configFile } = options;
  const live = await openLive(project, { environment, configFile });
  const unlock = lockDrills(join(dirname(live.cloud.logFile), "drill.pid"));
  try {
    return await runAll(live, drills, cluster, options);
  } finally {
    unlock();
  }
}

async function runAll(
  live: LiveEnvironment,
  drills: readonly Drill[],
  cluster: string | undefined,
  options: DrillOptions,
): Promise<number> {
  await liftForgotten(live);
  return await untilInterrupted(async (signal) => {
    const reports: DrillReport[] = [];
    for (const drill of drills) {
      const report = await runOne(
        live,
        drill,
        drill.target === "none" && drills.length > 1 ? undefined : cluster,
        signal,
      );
      reports.push(report);
      if (options.json !== true) printResult(`${drillText(report, paintFor(process.stdout))}\n`);
    }
    if (options.json === true) printJson({ passed: reports.every(hasPassed), drills: reports.map(drillJson) });
    else if (reports.length > 1) printResult(summaryOf(reports, paintFor(process.stdout)));
    return reports.every(hasPassed) ? EXIT.ok : EXIT.failed;
  });
}

async function runOne(
  live: LiveEnvironment,
  drill: Drill,
  cluster: string | undefined,
  signal: AbortSignal,
): Promise<DrillReport> {
  const waiting = new Waiting();
  const note = (text: string): void => {
    waiting.note(`${drill.name}  ${text}`);
    waiting.for(`${drill.name}: ${text}`);
  };
  const started = performance.now();
  try {
    return await runDrill(drill, live, { residents: await residentsOf(live), cluster, note, signal });
  } catch (error) {
    // Others may well be carried out.
    if (!(error instanceof DrillError)) throw error;
    const seconds = (performance.now() - started) / 1000;
    const nothing = { groups: [], checks: [], reasons: [] };
    return { drill: drill.name, summary: drill.summary, seconds, ...nothing, trouble: [error.message] };
  } finally {
    waiting.stop();
  }
}

/** Sample users who exist, and where they live now. */
async function residentsOf({ environment, platform }: LiveEnvironment): Promise<Resident[]> {
  const samples = new Set(sampleUsers(environment).map(({ user }) => user));
  const residents: Resident[] = [];
  for await (const { label, home } of itemsOf((cursor) =>
    platform.listUsers({ limit: 1000, ...(cursor && { cursor }) }),
  )) {
    if (samples.has(label)) residents.push({ user: label, cluster: home });
  }
  if (residents.length === 0) throw new UsageError("there are no sample users; run make sandbox");
  return residents;
}

/** A drill that was killed could not put right what it had broken. */
async function liftForgotten({ cloud }: LiveEnvironment): Promise<void> {
  const { down, partitioned } = await cloud.client.faults();
  if (down.length === 0 && partitioned.length === 0) return;
  say("lifting the faults of an earlier drill, which did not end in good order");
  await cloud.client.setFaults(NO_FAULTS);
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** However often the person insists, what is broken is put right first: nobody else does it. */
async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = (): void => {
    say(controller.signal.aborted ? "still putting right what is broken" : "putting right what is broken");
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  try {
    const result = await work(controller.signal);
    if (controller.signal.aborted) throw new CancelledError();
    return result;
  } finally {
    for (const name of SIGNALS) process.off(name, onSignal);
  }
}

function list({ json }: DrillOptions): number {
  if (json === true)
    printJson(DRILLS.map(({ name, summary, target, expectation }) => ({ name, summary, target, expectation })));
  else
    printResult(
      columns(
        [["drill", "what happens"], ...DRILLS.map(({ name, summary }) => [name, summary])],
        paintFor(process.stdout),
      ),
    );
  return EXIT.ok;
}
