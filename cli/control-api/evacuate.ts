/** `clusters evacuate`: moves many users, after showing who would go where. */
import { readFileSync } from "node:fs";
import { UsageError } from "../../deploy/errors";
import type { Evacuation } from "../../services/contracts/resources";
import { confirm, requireInteractive } from "../confirm";
import { EXIT } from "../exit-codes";
import { paintFor, printJson, printResult, say } from "../terminal";
import type { ApiCommand, ApiOptions } from "./connect";
import { followEvacuation } from "./evacuation-progress";
import { countsOf, grouped, planTable, progressText } from "./evacuation-view";
import type { EvacuationInput, OperatorApi } from "./operator-api";

export interface EvacuateOptions extends ApiOptions {
  readonly to?: readonly string[];
  readonly share?: number;
  readonly usersFile?: string;
  readonly rate?: number;
  readonly concurrency?: number;
  readonly emergency?: boolean;
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly wait: boolean;
  readonly follow?: string;
  readonly pause?: string;
  readonly resume?: string;
  readonly abort?: string;
}

type Command = ApiCommand<EvacuateOptions>;

/** Most transfers that failed which are named one by one. */
const NAMED_FAILURES = 10;

/** Begins, follows or changes an evacuation, and returns the exit code. */
export async function evacuateCommand(command: Command, cluster: string | undefined): Promise<number> {
  const { api, options } = command;
  const { follow, pause, resume, abort } = options;
  if ([cluster, follow, pause, resume, abort].filter((given) => given !== undefined).length !== 1) {
    throw new UsageError(
      "give one of these: a cluster, or an evacuation's id to --follow, --pause, --resume or --abort",
    );
  }
  if (follow !== undefined) return watch(command, follow);
  if (pause !== undefined) return report(command, await api.pauseEvacuation(pause));
  if (resume !== undefined) return report(command, await api.resumeEvacuation(resume));
  if (abort !== undefined) return giveUp(command, abort);
  return evacuate(command, cluster ?? "");
}

async function evacuate(command: Command, source: string): Promise<number> {
  const { api, options } = command;
  const input = inputOf(source, options);
  if (options.dryRun !== true && options.yes !== true) requireInteractive("evacuate");
  const plan = await api.startEvacuation({ ...input, dryRun: true });
  if (options.dryRun === true || plan.total === 0) {
    if (options.json === true) printJson(plan);
    else printResult(planTable(plan, paintFor(process.stdout)));
    return EXIT.ok;
  }
  say(planTable(plan, paintFor(process.stderr)));
  if (options.yes !== true && !(await agreed(plan))) return EXIT.cancelled;
  const evacuation = await api.startEvacuation(input);
  if (evacuation.id === undefined || !options.wait) {
    return report(command, evacuation);
  }
  say(`evacuation ${evacuation.id}`);
  return watch(command, evacuation.id, evacuation);
}

function inputOf(source: string, options: EvacuateOptions): EvacuationInput {
  const { to, share, usersFile, rate, concurrency, emergency, reason } = options;
  return {
    source,
    ...(to !== undefined && { destinations: [...to] }),
    ...(share !== undefined && { share }),
    ...(usersFile !== undefined && { users: usersOf(usersFile) }),
    ...(rate !== undefined && { rate }),
    ...(concurrency !== undefined && { concurrency }),
    ...(emergency === true && { mode: "emergency" }),
    ...(reason !== undefined && { reason }),
  };
}

/** One user per line; blank lines, and what follows a `#`, say nothing. */
function usersOf(file: string): string[] {
  try {
    const lines = readFileSync(file, "utf8").split("\n");
    const users = lines.map((line) => line.replace(/#.*/, "").trim()).filter((line) => line !== "");
    if (users.length > 0) return users;
  } catch (error) {
    throw new UsageError(`--users-file: ${(error as Error).message}`);
  }
  throw new UsageError(`--users-file: ${file} names no user; it has one per line`);
}

async function agreed({ source, total, mode }: Evacuation): Promise<boolean> {
  if (mode === "emergency") {
    say(
      "emergency: machines that do not answer are not waited for. That no user runs twice then rests on their being down.",
    );
  }
  const yes = await confirm(`Move ${grouped(total)} users? Type the cluster's name, ${source}, to go on:`, source);
  if (!yes) say("Nothing was changed.");
  return yes;
}

/** Follows until everybody has moved or stays; a user who was to be moved and was not is a failure. */
async function watch(command: Command, id: string, known?: Evacuation): Promise<number> {
  const ended = await follow(command, id, known);
  if (ended === undefined) return EXIT.cancelled;
  report(command, ended);
  const refused = Object.entries(ended.refused);
  for (const [problem, users] of refused) say(`not begun for ${grouped(users)} users: ${problem}`);
  if (countsOf(ended).aborted === 0) return refused.length === 0 ? EXIT.ok : EXIT.failed;
  await sayFailures(command.api, id);
  return EXIT.failed;
}

/** Aborts, and follows until everybody is somewhere. */
async function giveUp(command: Command, id: string): Promise<number> {
  const aborting = await command.api.abortEvacuation(id);
  const ended = command.options.wait ? await follow(command, id, aborting) : aborting;
  return ended === undefined ? EXIT.cancelled : report(command, ended);
}

/** Ctrl-C, and a control API that stays away, end the watching and nothing else. `known` is what it is known to be so far. */
async function follow(command: Command, id: string, known?: Evacuation): Promise<Evacuation | undefined> {
  let last = known;
  let ended: Evacuation | undefined;
  try {
    ended = await followEvacuation(command.watching, id, (evacuation) => (last = evacuation));
  } finally {
    if (ended === undefined && last !== undefined) sayHowToGoOn(command, id, last);
  }
  return ended;
}

function report({ options }: Command, evacuation: Evacuation): number {
  if (options.json === true) printJson(evacuation);
  else printResult(`evacuation ${evacuation.id ?? ""} of ${evacuation.source}: ${progressText(evacuation, undefined)}`);
  return EXIT.ok;
}

function sayHowToGoOn({ environment: { name } }: Command, id: string, { state }: Evacuation): void {
  const command = `clusters evacuate ${name}`;
  const isPaused = state === "paused";
  say(isPaused ? "The evacuation is paused." : "The evacuation goes on by itself.");
  say(`  to see it:               ${command} --follow ${id}`);
  // One that is being given up can be neither paused nor given up.
  if (state === "aborting") return;
  if (isPaused) say(`  to go on:                ${command} --resume ${id}`);
  else say(`  to start no more moves:  ${command} --pause ${id}`);
  say(`  to give it up:           ${command} --abort ${id}`);
}

async function sayFailures(api: OperatorApi, id: string): Promise<void> {
  const { items, next } = await api.listTransfers({ evacuation: id, phase: "aborted", limit: NAMED_FAILURES });
  for (const { user, source, outcome } of items)
    say(`${user} still lives in ${source}: ${outcome ?? "it was cancelled"}`);
  if (next !== undefined) say(`and more; their transfers are listed with phase aborted of evacuation ${id}`);
}
