/** `clusters sandbox`: brings the sandbox up with users in it, proves that all of it answers, and tells what to try. */
import { join, relative } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { CancelledError } from "../../deploy/errors";
import { SANDBOX_ENVIRONMENT } from "../../deploy/session";
import type { Project } from "../../deploy/site";
import { interruptible } from "../control-api/interrupt";
import { EXIT } from "../exit-codes";
import { openLive, type LiveEnvironment } from "../live/environment";
import { runCommand } from "../run";
import { paintFor, printJson, printResult, say } from "../terminal";
import { takeDown } from "./down";
import { nextStepsOf } from "./next-steps-of";
import { ensureSamples } from "./people";
import { expectations, isProven, prove, type Proof } from "./proof";
import { proofTable, remedies, type Row } from "./proof-rows";
import type { OwnDomain } from "./samples";
import { Waiting } from "../live/waiting";

export interface SandboxOptions {
  readonly configFile?: string;
  readonly json?: boolean;
  /** False: only users and proof. */
  readonly up: boolean;
  readonly down?: boolean;
  /** Seconds until all has to answer. */
  readonly patience: number;
}

const AGAIN_MS = 1_000;

/** Returns the exit code. */
export async function sandboxCommand(project: Project, options: SandboxOptions): Promise<number> {
  if (options.down === true) return await takeDown(project, options);
  const { configFile } = options;
  const common = { ...(configFile !== undefined && { configFile }) };
  if (options.up) {
    // There is nothing here to be careful with: what is wrong shows in the update just as well.
    const careless = { ...common, shared: true, yes: true, skipPreview: true };
    const print = options.json === true ? say : printResult;
    const code = await runCommand(project, "up", SANDBOX_ENVIRONMENT, [], careless, print);
    if (code !== EXIT.ok) return code;
  }
  return await interruptible(async (signal) => {
    const check = (): void => {
      if (signal.aborted) throw new CancelledError();
    };
    return await proveIt(await openLive(project, { environment: SANDBOX_ENVIRONMENT, configFile }), options, check);
  });
}

async function proveIt(live: LiveEnvironment, options: SandboxOptions, check: () => void): Promise<number> {
  const deadline = Date.now() + options.patience * 1000;
  const waiting = new Waiting();
  let proof: Proof;
  try {
    const domain = await persist(
      () => ensureSamples(live, (text) => waiting.note(text)),
      (reason) => waiting.for(`waiting until the control API answers: ${reason}`),
      { deadline, check },
    );
    if ("failure" in domain) return await giveUp(live, [], domain.failure, options);
    proof = await proveAll(live, domain.value, waiting, { deadline, check });
  } finally {
    waiting.stop();
  }
  const { rows } = proof;
  if (!isProven(proof)) return await giveUp(live, rows, undefined, options);
  if (options.json === true) printJson({ answers: true, rows: rows.map(jsonOf) });
  else printResult(`\n${proofTable(rows, paintFor(process.stdout))}\n\n${(await nextStepsOf(live, rows)).join("\n")}`);
  return EXIT.ok;
}

interface Bounds {
  readonly deadline: number;
  readonly check: () => void;
}

async function proveAll(
  live: LiveEnvironment,
  domain: OwnDomain | undefined,
  waiting: Waiting,
  { deadline, check }: Bounds,
): Promise<Proof> {
  return await prove(live, () => expectations(live, domain), {
    patienceMs: deadline - Date.now(),
    check,
    waiting: ({ rows, ailing: [unit] }) => {
      const [wrong, ...others] = rows.filter(({ trouble }) => trouble !== undefined);
      const answering = wrong === undefined ? rows.length : rows.length - others.length - 1;
      const ailing = unit && `${unit.name} is not well: ${unit.trouble ?? ""}`;
      waiting.for(`${answering} of ${rows.length} names answer; ${wrong?.trouble ?? ailing ?? ""}`);
    },
  });
}

type Persisted<T> = { readonly value: T } | { readonly failure: string };

/** Tries until it works or the time is over. */
async function persist<T>(
  work: () => Promise<T>,
  waiting: (reason: string) => void,
  { deadline, check }: Bounds,
): Promise<Persisted<T>> {
  for (;;) {
    check();
    try {
      return { value: await work() };
    } catch (error) {
      const { message } = error as Error;
      if (Date.now() > deadline) return { failure: message };
      waiting(message);
    }
    await delay(AGAIN_MS);
  }
}

/** Tells what was expected, what is not well and what to do. */
async function giveUp(
  live: LiveEnvironment,
  rows: readonly Row[],
  failure: string | undefined,
  options: SandboxOptions,
): Promise<number> {
  const units = await live.cloud.client.units();
  const ailing = units.filter(({ healthy }) => !healthy);
  const logs = relative(process.cwd(), join(live.cloud.directory, "logs"));
  const lines = [...(failure === undefined ? [] : [failure]), ...remedies(rows, ailing, logs)];
  if (options.json === true) printJson({ answers: false, rows: rows.map(jsonOf), problems: lines });
  else if (rows.length > 0) printResult(`\n${proofTable(rows, paintFor(process.stdout))}\n`);
  say(`error: the sandbox does not answer as it should, after ${options.patience} s`);
  for (const line of lines) say(`  ${line}`);
  say("Then run it again: it goes on where it stopped.");
  return EXIT.failed;
}

function jsonOf({ user, host, kind, cluster, address, seen, trouble }: Row) {
  const dns = Object.fromEntries(seen.dns);
  return {
    user,
    host,
    kind,
    expected: { cluster, address },
    dns,
    visit: seen.visit,
    ok: trouble === undefined,
    trouble,
  };
}
