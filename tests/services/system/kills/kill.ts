/** One row of the kill table: a user is moved, something is killed in the middle of it, and everybody looks on. */
import { until } from "../../../support/until";
import { DnsLoad } from "../../support/dns-load";
import { ZONE } from "../../support/api-replica";
import type { System } from "../../support/system";
import { DESTINATION, pauseIn, SOURCE, type PausablePhase } from "./pauses";
import { victimOf, type Victim } from "./victims";

export interface KillResult {
  readonly victim: Victim;
  readonly phase: PausablePhase;
  /** How the transfer ended. */
  readonly outcome: string;
  /** Requests of the user's visitors, and the longest that one took. */
  readonly requests: number;
  readonly longestMs: number;
  readonly questions: number;
  /** All that was not as it should be, in words; empty for a row that is as promised. */
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
  const { fleet, visitors, nameServers, clusters } = system;
  await system.client("platform").createUser({ label: user, plan: "free", cluster: SOURCE });
  const addresses = clusters.filter(({ name }) => [SOURCE, DESTINATION].includes(name)).map((c) => c.hostingAddress);
  const load = new DnsLoad(nameServers, [`app.${user}.${ZONE}`, `${user}.${ZONE}`], addresses);
  const before = { violations: fleet.ledger.violations().length, unanswered: visitors.unanswered.length };
  visitors.visit(user);
  load.start();
  try {
    await until(`${user}'s containers running`, () => fleet.ledger.clustersOf(user).length === 1);
    const paused = await pauseIn(system, phase, user);
    await killAndRestart(system, victim, user, load);
    await paused.release();
    const transfer = await system.reaches(paused.id, "done", "aborted");
    // In the row `requested` it is the other of two users who may have waited.
    await system.settled();
    const home = paused.ends === "done" ? DESTINATION : SOURCE;
    const faults = [
      ...differs("the transfer", transfer.phase, paused.ends),
      ...(await wrongHomes(system, transfer.user, home)),
      ...fleet.ledger.violations().slice(before.violations),
      ...fleet.ledger.failures(user).map(({ path, outcome }) => `a request was ${outcome} after ${path.join(" -> ")}`),
      ...visitors.unanswered.slice(before.unanswered),
    ];
    await load.stop();
    const times = fleet.ledger.requests.filter((request) => request.user === user).map((r) => r.endedMs - r.startedMs);
    return {
      victim,
      phase,
      outcome: transfer.phase,
      requests: times.length,
      longestMs: Math.round(Math.max(...times)),
      questions: load.answered + load.failures.length,
      faults: [...faults, ...load.failures],
    };
  } finally {
    await load.stop();
    await visitors.stop();
  }
}

async function killAndRestart(system: System, victim: Victim, user: string, load: DnsLoad): Promise<void> {
  const { kill, restart } = victimOf(system, victim);
  await kill();
  const answered = load.answered;
  const served = servedRequests(system, user);
  await until("name servers and edges going on", () => {
    const areAnswered = load.answered - answered >= ANSWERS_WHILE_DOWN || load.failures.length > 0;
    return areAnswered && (servedRequests(system, user) - served >= REQUESTS_WHILE_DOWN || isHeld(system, user));
  });
  await restart();
}

function servedRequests({ fleet }: System, user: string): number {
  return fleet.ledger.requests.filter((request) => request.user === user).length;
}

/** Whether requests wait at the destination's hosts for the user to arrive. */
function isHeld({ fleet }: System, user: string): boolean {
  return fleet.hostsOf(DESTINATION).some((host) => host.residencyOf(user) === "arriving");
}

async function wrongHomes(system: System, user: string, expected: string): Promise<string[]> {
  const { home } = await system.client("platform").getUser(user);
  const published = await system.publishedClusters(user);
  return [
    ...differs("the user's home", home, expected),
    ...published.flatMap((cluster, index) =>
      differs(`what ${system.nameServers[index]?.agent.name} serves`, cluster, expected),
    ),
  ];
}

function differs(what: string, actual: string | undefined, expected: string): string[] {
  return actual === expected ? [] : [`${what} is ${actual ?? "nothing"} and should be ${expected}`];
}
