/**
 * Moving many users at once: how many a second, with name servers idle and busy; how many questions a name server answers
 * meanwhile, and whether any answer is wrong.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ask } from "../../tests/services/support/dns-client";
import { ZONE } from "../../tests/services/support/api-replica";
import { DnsLoad } from "../../tests/services/support/dns-load";
import type { NameServer } from "../../tests/services/support/name-server";
import type { System } from "../../tests/services/support/system";
import { until } from "../../tests/support/until";
import { perSecond, type Result, type Row } from "../result";
import { median, pairedRatio } from "../statistics";
import { undisturbed } from "../steal";
import { dnsperf, writeQuestions, type DnsperfResult } from "./dnsperf";
import { labels, spreadNames } from "./names";
import { MOVED_TO, NEXT, startSystem, type Progress } from "./workbench";

const DNS_FLOOR = 0.8;
const IDLE_SECONDS = 5;
/** Questions that dnsperf asks in turn, and users that are looked up one by one after a move. */
const QUESTIONS = 100_000;
const SAMPLE = 2_000;
/** No evacuation of any size takes longer; one that does hangs. */
const LIMIT_MS = 20 * 60_000;
/** Phases of a transfer whose user is published on every name server. */
const PUBLISHED = ["settling", "done", "superseded"] as const;

interface Round {
  /** Users per second, from the request to the last one's being published: nobody asking, and everybody asking. */
  readonly idleRate: number;
  readonly busyRate: number;
  readonly idleDns: DnsperfResult;
  readonly busyDns: DnsperfResult;
  readonly wrong: readonly string[];
  readonly checked: number;
}

/** Each round moves twice as many as `users` of the `moved` ones: once without and once with a load of questions. */
export async function evacuation(moved: number, users: number, rounds: number, progress: Progress): Promise<Result> {
  const possible = Math.min(rounds, Math.floor(moved / users / 2));
  if (possible < 1) throw new Error(`${moved} moved users are too few: each round moves ${2 * users} of them on`);
  const system = await startSystem(moved, 0, progress);
  const directory = mkdtempSync(join(tmpdir(), "bench-evacuation-"));
  try {
    const questions = join(directory, "questions");
    writeQuestions(questions, spreadNames("m", moved, Math.min(moved, QUESTIONS)));
    const measured: Round[] = [];
    for (let round = 0; round < possible; round++) {
      progress(`evacuation of ${users} of ${moved} moved users: round ${round + 1} of ${possible}`);
      measured.push(await measure(system, questions, users, 1 + 2 * round * users, progress));
    }
    return { name: `(g) evacuation with ${moved} moved users`, rounds: possible, rows: rowsOf(users, measured) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
    await system.stop();
  }
}

async function measure(
  system: System,
  questions: string,
  users: number,
  first: number,
  progress: Progress,
): Promise<Round> {
  const server = measuredServer(system);
  const idleRate = await move(system, labels("m", first, users));
  const idleDns = await undisturbed(() => dnsperf(server, questions, IDLE_SECONDS), progress);
  const busy = labels("m", first + users, users);
  const addresses = system.clusters.filter(({ name }) => [MOVED_TO, NEXT].includes(name)).map((c) => c.hostingAddress);
  const watch = new DnsLoad(
    system.nameServers,
    busy.map((user) => `app.${user}.${ZONE}`),
    addresses,
  );
  watch.start();
  let busyRate = NaN;
  const busyDns = await dnsperf(server, questions, async () => void (busyRate = await move(system, busy)));
  await watch.stop();
  const stale = await notPublished(system, busy);
  const checked = watch.answered + watch.failures.length + 2 * Math.min(users, SAMPLE);
  return { idleRate, busyRate, idleDns, busyDns, wrong: [...watch.failures, ...stale], checked };
}

/** Moves users on and resolves, once all are published, with how many that were per second. */
async function move(system: System, users: readonly string[]): Promise<number> {
  const operator = system.client("operator");
  const started = performance.now();
  const { id = "" } = await operator.startEvacuation({
    source: MOVED_TO,
    users: [...users],
    destinations: [NEXT],
    rate: 10_000,
    concurrency: 50_000,
  });
  await until(
    `${users.length} users moved`,
    async () => {
      const { phases } = await operator.getEvacuation(id);
      if ((phases.aborted ?? 0) > 0) throw new Error(`${phases.aborted} transfers were aborted`);
      return PUBLISHED.reduce((sum, phase) => sum + (phases[phase] ?? 0), 0) === users.length;
    },
    LIMIT_MS,
  );
  return (users.length * 1000) / (performance.now() - started);
}

/** What name servers still answer wrongly of users who were moved: of some, evenly chosen. */
async function notPublished(system: System, users: readonly string[]): Promise<string[]> {
  const step = Math.max(1, Math.floor(users.length / SAMPLE));
  const wrong: string[] = [];
  for (const user of users.filter((_, index) => index % step === 0)) {
    for (const server of system.nameServers) {
      const { addresses } = await ask(server, `app.${user}.${ZONE}`);
      if (system.clusterAt(addresses[0]) !== NEXT) wrong.push(`${user} at ${server.agent.name}: ${addresses.join()}`);
    }
  }
  return wrong;
}

function measuredServer({ nameServers: [server] }: System): NameServer {
  if (server === undefined) throw new Error("there is no name server to measure");
  return server;
}

function rowsOf(users: number, rounds: readonly Round[]): Row[] {
  const column = (value: (round: Round) => number) => rounds.map(value);
  const rates = [column((round) => round.busyRate), column((round) => round.idleRate)] as const;
  const dns = [
    column(({ busyDns }) => busyDns.queriesPerSecond),
    column(({ idleDns }) => idleDns.queriesPerSecond),
  ] as const;
  const wrong = rounds.flatMap((round) => [...round.wrong, ...refusals(round.busyDns)]).length;
  const answers = rounds.reduce((sum, { busyDns, checked }) => sum + busyDns.completed + checked, 0);
  return [
    {
      what: `${users} users moved, name server asked as much as it answers / not asked`,
      measured: perSecond(median(rates[0])),
      against: perSecond(median(rates[1])),
      ratio: pairedRatio(...rates),
    },
    {
      what: `DNS while ${users} users are being moved / idle`,
      measured: perSecond(median(dns[0])),
      against: perSecond(median(dns[1])),
      ratio: pairedRatio(...dns),
      floor: DNS_FLOOR,
    },
    {
      what: "wrong answers meanwhile / all",
      measured: String(wrong),
      against: answers.toLocaleString("en"),
      ratio: wrong / answers,
      limit: 0,
    },
  ];
}

/** Answers with another code than success, one item each; every name asked for exists. */
function refusals({ codes, lost }: DnsperfResult): string[] {
  const others = Object.entries(codes).filter(([code]) => code !== "NOERROR");
  return [...others, ["lost", lost] as const].flatMap(([code, count]) => Array.from({ length: count }, () => code));
}
