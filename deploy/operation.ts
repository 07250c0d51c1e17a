/** One operation on many stacks: side by side where nothing changes, one after another where something does. */
import { availableParallelism } from "node:os";
import type { PulumiFn } from "@pulumi/pulumi/automation";
import { emptyDigest } from "../preview/digest";
import type { Operation, Report, StackReport } from "../preview/report";
import { forEachBounded } from "./pool";
import { runStack, type RunOptions } from "./run-stack";
import type { Target } from "./selection";
import type { Session } from "./session";
import { createStacks, hasEncryptionKeys, listStacks } from "./stacks";
import { makeEncryptionKeys } from "./throwaway";

/** Receives what happens while it happens, by failure domain. */
export interface Listener {
  started(domain: string, operation: Operation): void;
  progress(domain: string, steps: { done: number; known: number }): void;
  note(domain: string, text: string): void;
  finished(stack: StackReport, operation: Operation): void;
}

export interface OperationOptions extends RunOptions {
  /** How many previews run at once. */
  readonly parallel?: number;
}

/** Every program runs in this one process, which becomes the bottleneck beyond this. */
const MOST_PARALLEL = 8;

/**
 * A preview is an engine, its providers and a policy pack, which take turns. Eight clusters of 66 resources took 28 s with
 * two at once on 4 cores, 22 s with three, and no less with four or six.
 */
export function defaultParallel(): number {
  return Math.min(MOST_PARALLEL, Math.max(2, availableParallelism() - 1));
}

/** Runs the operation on the targets in their order. Previews go on past a failure, everything else stops at it. */
export async function runOperation(
  session: Session,
  operation: Operation,
  targets: readonly Target[],
  listener: Listener,
  options: OperationOptions = {},
): Promise<Report> {
  const parallel = options.parallel ?? defaultParallel();
  // The program loads while the engine asks the backend.
  const [{ runnable, imagined }, program] = await Promise.all([
    prepare(session, operation, targets, parallel),
    loadProgram(session, operation),
  ]);
  const reports = new Map<string, StackReport>();
  const run = async (target: Target): Promise<void> => {
    if (session.interruption.requested || mustStop(operation, reports)) return;
    listener.started(target.domain, operation);
    const report = await runStack(session, operation, target, program, forDomain(listener, target.domain), {
      ...options,
      imagined: imagined.has(target.stack),
    });
    reports.set(target.stack, report);
    listener.finished(report, operation);
  };
  await forEachBounded(runnable, operation === "preview" ? parallel : 1, run);
  const stacks = targets.map((target) => reports.get(target.stack) ?? notRun(target, runnable.includes(target)));
  return { environment: session.environment.name, operation, stacks };
}

/** State is refreshed and destroyed without the program, but the Automation API wants one. */
function loadProgram({ project }: Session, operation: Operation): Promise<PulumiFn> {
  return operation === "preview" || operation === "up"
    ? project.loadProgram()
    : Promise.resolve(() => Promise.resolve());
}

interface Prepared {
  /** The targets to run, in their order. */
  readonly runnable: readonly Target[];
  /** Names of those that do not exist and are previewed without being created. */
  readonly imagined: ReadonlySet<string>;
}

/**
 * Makes sure that the stacks exist. Where there is nothing to refresh or destroy, there is nothing to create either; and a
 * preview imagines a missing cluster's stack instead of creating it. The shared stack is created even then, empty: it reads
 * the clusters' stacks, which only their own backend has.
 */
async function prepare(
  session: Session,
  operation: Operation,
  targets: readonly Target[],
  parallel: number,
): Promise<Prepared> {
  const { processes, site, interruption, environment } = session;
  const present = await listStacks(processes, site).finally(() => interruption.check());
  if (operation === "refresh" || operation === "destroy") {
    return { runnable: targets.filter(({ stack }) => present.has(stack)), imagined: new Set() };
  }
  const missing = targets.map(({ stack }) => stack).filter((stack) => !present.has(stack));
  const imagined = new Set(operation === "preview" ? missing.filter((stack) => stack !== environment.name) : []);
  const created = missing.filter((stack) => !imagined.has(stack));
  await createStacks(processes, site, created, parallel).finally(() => interruption.check());
  const [first] = imagined;
  if (first !== undefined && !hasEncryptionKeys(site)) {
    await makeEncryptionKeys(processes, site, first).finally(() => interruption.check());
  }
  return { runnable: targets, imagined };
}

function mustStop(operation: Operation, reports: ReadonlyMap<string, StackReport>): boolean {
  return operation !== "preview" && [...reports.values()].some(({ outcome }) => outcome !== "succeeded");
}

/** A stack that does not exist needs no work; one that exists was not begun because of another. */
function notRun(target: Target, exists: boolean): StackReport {
  return { ...target, outcome: exists ? "skipped" : "succeeded", seconds: 0, digest: emptyDigest };
}

function forDomain(listener: Listener, domain: string): Parameters<typeof runStack>[4] {
  return {
    progress: (steps) => listener.progress(domain, steps),
    note: (text) => listener.note(domain, text),
  };
}
