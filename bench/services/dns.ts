/** How many questions a name server answers, idle and while many users are being moved, against Knot alone with the same zone file. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ZONE } from "../../tests/services/support/api-replica";
import { ask } from "../../tests/services/support/dns-client";
import { DnsLoad } from "../../tests/services/support/dns-load";
import type { NameServer } from "../../tests/services/support/name-server";
import type { System } from "../../tests/services/support/system";
import { confine } from "../processors";
import { perSecond, type Result, type Row } from "../result";
import { median, pairedRatio } from "../statistics";
import { undisturbedRounds } from "../steal";
import { startBareKnot, type BareKnot } from "./bare-knot";
import { dnsperf, writeQuestions, type DnsperfResult } from "./dnsperf";
import { move, moves, type Move } from "./moves";
import { spreadNames } from "./names";
import { startSystem, type Progress } from "./workbench";

const IDLE_FLOOR = 0.95;
const MOVING_FLOOR = 0.8;
const IDLE_SECONDS = 5;
/** Questions that dnsperf asks in turn, and users that are looked up one by one after a move. */
const QUESTIONS = 100_000;
const SAMPLE = 2_000;

interface Measured {
  readonly unlimited: DnsperfResult;
  readonly bare: DnsperfResult;
  readonly fed: DnsperfResult;
  readonly moving: DnsperfResult;
  /** Answers that were looked at beside what dnsperf counts, and those that were wrong. */
  readonly checked: number;
  readonly wrong: readonly string[];
  /** Of those beside, questions that got no answer: at full load packets are lost. */
  readonly unanswered: number;
}

export async function dnsRate(moved: number, users: number, rounds: number, progress: Progress): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "bench-dns-"));
  const system = await startSystem(moved, 0, progress);
  const started: BareKnot[] = [];
  try {
    const [fed] = system.nameServers;
    if (fed === undefined) throw new Error("there is no name server to measure");
    const start = async (name: string, limited: boolean): Promise<BareKnot> => {
      const knot = await startBareKnot(fed, join(folder, name), { limited });
      started.push(knot);
      confine(knot.process.pid, "measured");
      return knot;
    };
    const [bare, unlimited] = [await start("limited", true), await start("unlimited", false)];
    const questions = join(folder, "questions");
    writeQuestions(questions, spreadNames("m", moved, Math.min(moved, QUESTIONS)));
    const bench = new Bench(system, fed, bare, unlimited, questions);
    const evacuees = moves(moved, users);
    const what = `DNS with ${moved} moved users, of whom ${users} are moved on`;
    const { values, dropped } = await undisturbedRounds(what, rounds, progress, (index) =>
      bench.round(index, evacuees.next().value),
    );
    for (const answer of values.flatMap(({ wrong }) => wrong.slice(0, 10))) progress(`wrong: ${answer}`);
    return { name: `(d) DNS with ${moved} moved users`, rounds, dropped, rows: rowsOf(users, values) };
  } finally {
    for (const { process } of started) await process.stop();
    await system.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

class Bench {
  constructor(
    private readonly system: System,
    private readonly fed: NameServer,
    private readonly bare: BareKnot,
    private readonly bareUnlimited: BareKnot,
    private readonly questions: string,
  ) {}

  async round(index: number, next: Move): Promise<Measured> {
    // Whichever is measured first has no advantage in the end.
    const measureBare = () => dnsperf(this.bare, this.questions, IDLE_SECONDS);
    const measureFed = () => dnsperf(this.fed, this.questions, IDLE_SECONDS);
    const first = await (index % 2 === 0 ? measureBare() : measureFed());
    const second = await (index % 2 === 0 ? measureFed() : measureBare());
    const [bare, fed] = index % 2 === 0 ? [first, second] : [second, first];
    const unlimited = await dnsperf(this.bareUnlimited, this.questions, IDLE_SECONDS);
    return { unlimited, bare, fed, ...(await this.whileMoving(next)) };
  }

  private async whileMoving(next: Move): Promise<Pick<Measured, "moving" | "checked" | "wrong" | "unanswered">> {
    const { nameServers, clusters } = this.system;
    const names = next.users.map((user) => `app.${user}.${ZONE}`);
    const addresses = [next.source, next.destination].map(
      (cluster) => clusters.find(({ name }) => name === cluster)?.hostingAddress ?? "",
    );
    const watch = new DnsLoad(nameServers, names, addresses);
    watch.start();
    const moving = await dnsperf(this.fed, this.questions, async () => void (await move(this.system, next)));
    await watch.stop();
    const published = await this.notPublished(next);
    return {
      moving,
      checked: watch.questions + published.checked,
      wrong: [...watch.wrong, ...published.wrong, ...refusals(moving)],
      unanswered: watch.unanswered.length,
    };
  }

  /** What name servers still answer wrongly of users who were moved: of some, evenly chosen. */
  private async notPublished({ users, destination }: Move): Promise<Pick<Measured, "checked" | "wrong">> {
    const step = Math.max(1, Math.floor(users.length / SAMPLE));
    const wrong: string[] = [];
    let checked = 0;
    for (const user of users.filter((_, index) => index % step === 0)) {
      for (const server of this.system.nameServers) {
        const { addresses } = await ask(server, `app.${user}.${ZONE}`);
        checked += 1;
        if (this.system.clusterAt(addresses[0]) !== destination)
          wrong.push(`${user} at ${server.agent.name}: ${addresses.join()}`);
      }
    }
    return { checked, wrong };
  }
}

function rowsOf(users: number, rounds: readonly Measured[]): Row[] {
  const rates = (which: "unlimited" | "bare" | "fed" | "moving") =>
    rounds.map((round) => round[which].queriesPerSecond);
  const against = (what: string, which: "fed" | "moving", floor: number): Row => ({
    what,
    measured: perSecond(median(rates(which))),
    against: perSecond(median(rates("bare"))),
    ratio: pairedRatio(rates(which), rates("bare")),
    floor,
  });
  const sum = (count: (round: Measured) => number) => rounds.reduce((total, round) => total + count(round), 0);
  const wrong = sum((round) => round.wrong.length);
  const answers = sum(({ moving, checked }) => moving.completed + checked);
  const lost = sum(({ moving, unanswered }) => moving.lost + unanswered);
  return [
    against("fed Knot / bare Knot, same zone file and rate limit", "fed", IDLE_FLOOR),
    against(`fed Knot while ${users} users are being moved / bare Knot`, "moving", MOVING_FLOOR),
    {
      what: "bare Knot with the rate limit / without",
      measured: perSecond(median(rates("bare"))),
      against: perSecond(median(rates("unlimited"))),
      ratio: pairedRatio(rates("bare"), rates("unlimited")),
    },
    {
      what: "wrong answers meanwhile / all",
      measured: String(wrong),
      against: answers.toLocaleString("en"),
      ratio: wrong / answers,
      limit: 0,
    },
    {
      what: "questions lost at full load meanwhile / answered",
      measured: lost.toLocaleString("en"),
      against: answers.toLocaleString("en"),
      ratio: lost / answers,
    },
  ];
}

/** Answers with another code than success, one item each; every name asked for exists. */
function refusals({ codes }: DnsperfResult): string[] {
  const others = Object.entries(codes).filter(([code]) => code !== "NOERROR");
  return others.flatMap(([code, count]) => Array.from({ length: count }, () => code));
}
