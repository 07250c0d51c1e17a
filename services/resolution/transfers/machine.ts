/** Which step a transfer takes next, if any: a function of what is known of it, its user, the nodes and the service clock. Pure. */
import type { Facts, Step, Surroundings, TransferState } from "./facts";
import type { LaggingNode } from "./nodes-behind";
import { accept, drop, finish, forward, publish, putBack, restore, settle, stop } from "./steps";
import type { TransferTimings, WaitingPhase } from "./timings";

/** Nodes that a message names; there may be hundreds. */
const NAMED_NODES = 3;

/** The next step of a transfer; nothing while it has to wait, and when it has ended. */
export function decide(facts: Facts, surroundings: Surroundings, timings: TransferTimings): Step | undefined {
  const { phase } = facts.transfer;
  switch (phase) {
    case "requested":
      return start(facts);
    case "accepting":
    case "forwarding":
    case "stopping":
      return approach(facts, surroundings, timings, phase);
    case "publishing":
      return publishing(facts, surroundings, timings);
    case "settling":
      return settling(facts, surroundings, timings);
    case "aborting":
      return aborting(facts, surroundings, timings);
    case "done":
    case "aborted":
    case "superseded":
      return undefined;
  }
}

/** Milliseconds after publication from when tombstones may go, if no request came. */
export function leastSettlingMs(timings: TransferTimings): number {
  const { ttlSeconds, graceSeconds, quietSeconds } = timings;
  return Math.min(1000 * Math.max(ttlSeconds + graceSeconds, quietSeconds), mostSettlingMs(timings));
}

/** And from when they go in any case. No maximum cuts the wait for cached answers short. */
export function mostSettlingMs({ ttlSeconds, graceSeconds, maxSettleSeconds }: TransferTimings): number {
  return 1000 * Math.max(ttlSeconds + graceSeconds, maxSettleSeconds);
}

function start(facts: Facts): Step {
  const { destination, outcome } = facts.transfer;
  if (outcome !== undefined) return drop(facts, outcome);
  // An evacuation's transfers may be queued for long, and an operator may close their destination meanwhile.
  if (!facts.destinationActive) return drop(facts, `cluster "${destination}" takes no users any more`);
  return accept(facts);
}

/** The phases before the point of no return: on when those that count have acknowledged, back when they don't in time. */
function approach(
  facts: Facts,
  surroundings: Surroundings,
  timings: TransferTimings,
  phase: "accepting" | "forwarding" | "stopping",
): Step | undefined {
  const { transfer } = facts;
  if (transfer.outcome !== undefined) return putBack(facts, transfer.outcome);
  const lagging = surroundings.nodes.lagging(transfer);
  const late = isLate(transfer, phase, surroundings, timings);
  const seconds = timings.phaseSeconds[phase];
  if (lagging.length === 0 && canServe(transfer, surroundings)) return next(facts, surroundings);
  if (transfer.mode === "planned") return late ? putBack(facts, describe(lagging, seconds)) : undefined;

  const isAnswered = !lagging.some(({ live }) => live);
  if (phase !== "accepting") return isAnswered || late ? skip(next(facts, surroundings), lagging) : undefined;
  if (isAnswered && canServe(transfer, surroundings)) return skip(next(facts, surroundings), lagging);
  if (!late) return undefined;
  return putBack(facts, isAnswered ? noEdge(transfer, seconds) : describe(lagging, seconds));
}

/** An emergency moves nobody to where no edge is alive. A planned transfer has heard of every edge anyway. */
function canServe({ mode, phase, destination }: TransferState, { nodes }: Surroundings): boolean {
  return mode === "planned" || phase !== "accepting" || nodes.hasLive(`edge:${destination}`);
}

function next(facts: Facts, surroundings: Surroundings): Step {
  if (facts.transfer.phase === "accepting") return forward(facts);
  return facts.transfer.phase === "forwarding" ? stop(facts) : publish(facts, surroundings);
}

/** Every registered DNS node counts, in either mode: a silent one may well be answering. */
function publishing({ transfer }: Facts, surroundings: Surroundings, timings: TransferTimings): Step | undefined {
  if (surroundings.nodes.lagging(transfer).length === 0) return settle(surroundings.nowMs);
  return isLate(transfer, "publishing", surroundings, timings) ? settle() : undefined;
}

function settling(facts: Facts, surroundings: Surroundings, timings: TransferTimings): Step | undefined {
  const { transfer, tombstones, moving } = facts;
  const { nowMs, nodes } = surroundings;
  if (transfer.publishedMs === undefined) {
    return nodes.lagging(transfer).length === 0 ? settle(nowMs) : undefined;
  }
  // The running transfer may need the tombstones; it takes them over, or leaves them as they are.
  if (moving) return undefined;
  const settledMs = nowMs - transfer.publishedMs;
  const lastRequestMs = Math.max(...tombstones.map((tombstone) => tombstone.lastRequestMs ?? -Infinity));
  const isQuiet = nowMs - lastRequestMs >= timings.quietSeconds * 1000;
  const isOver = settledMs >= mostSettlingMs(timings) || (settledMs >= leastSettlingMs(timings) && isQuiet);
  return isOver ? finish(facts) : undefined;
}

/** Putting back is not given up, only waited for: nodes that come later find the same entries. */
function aborting(facts: Facts, surroundings: Surroundings, timings: TransferTimings): Step | undefined {
  const lagging = surroundings.nodes.lagging(facts.transfer);
  if (lagging.length === 0) return restore(facts);
  return isLate(facts.transfer, "aborting", surroundings, timings) ? skip(restore(facts), lagging) : undefined;
}

function isLate(
  { phaseSinceMs }: TransferState,
  phase: WaitingPhase,
  { nowMs }: Surroundings,
  { phaseSeconds }: TransferTimings,
): boolean {
  return nowMs - phaseSinceMs >= phaseSeconds[phase] * 1000;
}

function skip(step: Step, lagging: readonly LaggingNode[]): Step {
  return { ...step, skipped: lagging.map(({ scope, node, revision }) => ({ scope, node, revision })) };
}

function describe(lagging: readonly LaggingNode[], seconds: number): string {
  const named = lagging
    .slice(0, NAMED_NODES)
    .map(({ scope, node, live }) => `${scope} ${node}${live ? "" : " (silent)"}`);
  const others = lagging.length > NAMED_NODES ? ` and ${lagging.length - NAMED_NODES} more` : "";
  return `${named.join(", ")}${others} did not acknowledge within ${seconds} s`;
}

function noEdge({ destination }: TransferState, seconds: number): string {
  return `no edge of cluster "${destination}" was alive within ${seconds} s`;
}
