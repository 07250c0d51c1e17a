/** One row of the kill table: a user is moved, something is killed in the middle of it, and everybody looks on. */
import { until } from "../../../support/until";
import { DnsLoad } from "../../support/dns-load";
import { ZONE } from "../../support/api-replica";
import type { System } from "../../support/system";
import { hasEndedRightly, isServedRightly } from "./judgement";
import { DESTINATION, pauseIn, rightEnd, SOURCE, type PausablePhase } from "./pauses";
import { kill, type Victim } from "./victims";

export interface KillResult {
  readonly victim: Victim;
  readonly phase: PausablePhase;
  /** How the transfer ended. */
  readonly outcome: string;
  /** For how long the victim was away, from its death until it served again. */
  readonly downMs: number;
  /** From then until the transfer's end. */
  readonly finishMs: number;
  /** Requests of the user's visitors, and the longest that one took. */
  readonly requests: number;
  readonly longestMs: number;
  /** Asked of the name servers all the while; those that the first one asked left to another, and those not or wrongly answered. */
  readonly questions: number;
  readonly answeredByAnother: number;
  readonly unanswered: number;
  /** All that was not as it should be, each beginning with the invariant that it breaks; empty for a row that is as promised. */
  readonly faults: readonly string[];
}

/** Questions and requests that must have been answered while the victim is down. */
const ANSWERS_WHILE_DOWN = 25;
const REQUESTS_WHILE_DOWN = 5;

/** Moves a new user of this name from the one cluster to the other, and kills the victim in the phase. */
export async function killDuring(
  system: System,
  victim: Victim,
  phase: PausablePhase,
  user: string,
): Promise<KillResult> {
  const { fleet, visitors } = system;
  await system.client("platform").createUser({ label: user, plan: "free", cluster: SOURCE });
  const load = new DnsLoad(system.nameServers, [`app.${user}.${ZONE}`, `${user}.${ZONE}`], rightAnswers(system, phase));
  const before = { violations: fleet.ledger.violations().length, unanswered: visitors.unanswered.length };
  visitors.visit(user);
  load.start();
  try {
    await until(`${user}'s containers running`, () => fleet.ledger.clustersOf(user).length > 0);
    const paused = await pauseIn(system, phase, user);
    const downMs = await killAndRestart(system, victim, user, load);
    await paused.release();
    const released = performance.now();
    const { phase: outcome } = await system.reaches(paused.id, "done", "aborted");
    const finishMs = performance.now() - released;
    // In the phase `requested` it is the other of two users who may have waited.
    await until("all transfers ended", () => system.isIdle());
    await system.settled();
    await load.stop();
    const faults = [
      ...(await hasEndedRightly(system, user, outcome, rightEnd(phase))),
      ...fleet.ledger.violations().slice(before.violations),
      ...isServedRightly(system, victim, user, load),
      ...visitors.unanswered.slice(before.unanswered).map((question) => `DNS: ${question}`),
    ];
    const times = fleet.ledger.requests.filter((request) => request.user === user).map((r) => r.endedMs - r.startedMs);
    return {
      victim,
      phase,
      outcome,
      downMs,
      finishMs,
      requests: times.length,
      longestMs: Math.max(...times),
      questions: load.questions,
      answeredByAnother: load.answeredByAnother,
      unanswered: load.failures.length,
      faults,
    };
  } finally {
    await load.stop();
    await visitors.stop();
  }
}

/** Addresses of the clusters that name servers may send somebody to, in their order. */
function rightAnswers({ clusters }: System, phase: PausablePhase): string[] {
  const homes = rightEnd(phase) === "done" ? [SOURCE, DESTINATION] : [SOURCE];
  return homes.map((home) => clusters.find(({ name }) => name === home)?.hostingAddress ?? "");
}

/** Resolves with for how long it was away. */
async function killAndRestart(system: System, victim: Victim, user: string, load: DnsLoad): Promise<number> {
  const died = performance.now();
  const { restart } = await kill(system, victim);
  const answered = load.answered;
  const served = servedRequests(system, user);
  await until("name servers and edges going on", () => {
    const areAnswered = load.answered - answered >= ANSWERS_WHILE_DOWN || load.failures.length > 0;
    return areAnswered && (servedRequests(system, user) - served >= REQUESTS_WHILE_DOWN || isHeld(system, user));
  });
  await restart();
  return performance.now() - died;
}

function servedRequests({ fleet }: System, user: string): number {
  return fleet.ledger.requests.filter((request) => request.user === user).length;
}

/** Whether requests wait at the destination's hosts for the user to arrive. */
function isHeld({ fleet }: System, user: string): boolean {
  return fleet.hostsOf(DESTINATION).some((host) => host.residencyOf(user) === "arriving");
}
