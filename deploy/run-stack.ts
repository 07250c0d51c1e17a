/** One operation on one stack, through the Automation API. */
import type { EngineEvent, PulumiFn, Stack } from "@pulumi/pulumi/automation";
import { CONFIG_FILE_VARIABLE, STACK_VARIABLE } from "../config/handover";
import { DigestBuilder, type Digest } from "../preview/digest";
import type { Operation, Outcome, StackReport } from "../preview/report";
import { loadAutomation } from "./automation";
import { explainEngineError } from "./engine-messages";
import { EngineError } from "./engine-process";
import { pendingOperations, removeStaleLocks } from "./local-backend";
import { removeOrphans } from "./orphans";
import { policyOptions } from "./policy";
import { DeployError } from "./errors";
import type { Target } from "./selection";
import type { Session } from "./session";
import type { Site } from "./site";
import { withThrowawayStack } from "./throwaway";

export interface RunOptions {
  /** Refresh only: forget creations that an interrupted run left open. */
  readonly clearPendingCreates?: boolean;
  /** Preview only: the stack does not exist, and is not to be created. */
  readonly imagined?: boolean;
}

/** Receives what happens to one stack while it happens. */
export interface StackListener {
  progress(steps: { done: number; known: number }): void;
  note(text: string): void;
}

/** Never rejects because of the stack: what went wrong is in the report. */
export async function runStack(
  session: Session,
  operation: Operation,
  target: Target,
  program: PulumiFn,
  listener: StackListener,
  options: RunOptions = {},
): Promise<StackReport> {
  const started = performance.now();
  const builder = new DigestBuilder();
  const onEvent = (event: EngineEvent): void => {
    builder.add(event);
    listener.progress(builder.progress());
  };
  const work = (site: Site) => performOn({ ...session, site }, operation, target, program, listener, onEvent, options);
  let error: unknown;
  try {
    if (options.imagined === true) await withThrowawayStack(session.processes, session.site, target.stack, work);
    else await work(session.site);
  } catch (thrown) {
    error = thrown;
  }
  if (error !== undefined) builder.addError(messageOf(error, session));
  const digest = builder.build();
  const outcome = outcomeOf(session, digest, error);
  return { ...target, outcome, seconds: (performance.now() - started) / 1000, digest };
}

async function performOn(
  session: Session,
  operation: Operation,
  target: Target,
  program: PulumiFn,
  listener: StackListener,
  onEvent: (event: EngineEvent) => void,
  options: RunOptions,
): Promise<void> {
  removeLocks(session, target, listener);
  try {
    const stack = await openStack(session, target.stack, program);
    await settlePending(session, operation, target, stack, listener);
    await perform(session, operation, stack, onEvent, options);
  } finally {
    // An engine that did not end in time was killed, and has kept its lock.
    if (session.interruption.requested) removeLocks(session, target, listener);
  }
}

/**
 * The stack without asking the backend for it: it is known to exist from one listing of all, and selecting it would cost a
 * start of the CLI per stack and change which stack the user has selected.
 */
async function openStack({ site, processes }: Session, name: string, program: PulumiFn): Promise<Stack> {
  const { LocalWorkspace, Stack } = loadAutomation();
  const workspace = await LocalWorkspace.create({
    workDir: site.workDir,
    envVars: { ...site.variables, [STACK_VARIABLE]: name, [CONFIG_FILE_VARIABLE]: site.configFile },
    pulumiCommand: processes.command,
    program,
  });
  workspace.selectStack = () => Promise.resolve();
  return Stack.select(name, workspace);
}

async function perform(
  { project, site }: Session,
  operation: Operation,
  stack: Stack,
  onEvent: (event: EngineEvent) => void,
  { clearPendingCreates = false }: RunOptions,
): Promise<void> {
  const common = { onEvent, configFile: site.configFile, color: "never", suppressProgress: true } as const;
  switch (operation) {
    case "preview":
      await stack.preview({ ...common, ...policyOptions(project) });
      return;
    case "up":
      await stack.up({ ...common, ...policyOptions(project) });
      return;
    case "refresh":
      await stack.refresh({ ...common, clearPendingCreates });
      return;
    case "destroy":
      await stack.destroy(common);
      return;
  }
}

function removeLocks({ site, project }: Session, { stack }: Target, listener: StackListener): void {
  if (site.stateDir === undefined) return;
  for (const pid of removeStaleLocks(site.stateDir, project.name, stack)) {
    listener.note(`removed the lock of process ${pid}, which died without releasing it`);
  }
}

/**
 * A step that was under way when an engine died may or may not have happened. On the local cloud this is found out and put
 * right before an update; on the real one a person decides, and the engine's warning says so.
 */
async function settlePending(
  session: Session,
  operation: Operation,
  { stack: name }: Target,
  stack: Stack,
  listener: StackListener,
): Promise<void> {
  const { site, project } = session;
  if (operation !== "up" || site.cloud === "google" || site.stateDir === undefined) return;
  const pending = pendingOperations(site.stateDir, project.name, name);
  if (pending > 0) {
    listener.note(`an earlier run was cut off in ${pending} steps; reading back what came of them`);
    await perform(session, "refresh", stack, () => undefined, { clearPendingCreates: true });
  }
  const orphans = removeOrphans(site, project.name, name);
  if (orphans > 0)
    listener.note(`removed ${orphans} resources that an earlier run was cut off at before it noted them`);
}

/** An engine that failed before it sent events said why on its error output only. */
function messageOf(error: unknown, { site }: Session): string {
  if (error instanceof DeployError) return error.message;
  return error instanceof EngineError ? explainEngineError(error.stderr || error.stdout, site.backend) : String(error);
}

function outcomeOf(session: Session, { diagnostics, violations }: Digest, error: unknown): Outcome {
  if (error === undefined) return "succeeded";
  if (session.interruption.requested) return "cancelled";
  const violated = violations.some(({ level }) => level === "mandatory");
  return violated && !diagnostics.some(({ severity }) => severity === "error") ? "violation" : "failed";
}
