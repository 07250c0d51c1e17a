/** Drills that take things down. */
import { askNameServer, delegatedTo } from "../../live/names";
import { Problem } from "../../../services/contracts/problems";
import type { DrillContext } from "../drill";
import { fact } from "../expectation";
import { DATABASE, ofCluster, ONE_NAME_SERVER, RESOLUTION } from "../targets";

/** Long enough for cached answers to run out while it lasts, and for whoever heals to have tried. */
const OUTAGE_SECONDS = 15;
const BACK_SECONDS = 90;
const GONE_SECONDS = 20;
/** A name that no user has. */
const NOBODY = "nobody-by-this-name";

export async function killCluster(context: DrillContext): Promise<void> {
  await context.kill(ofCluster(context.cluster));
  await context.last(OUTAGE_SECONDS);
}

export async function killResolution(context: DrillContext): Promise<void> {
  const { operators } = context.live;
  await context.kill(RESOLUTION);
  const gone = await context.until(GONE_SECONDS, async () => {
    return await operators.listClusters().then(
      () => undefined,
      () => true,
    );
  });
  context.found(fact("the control API meanwhile", "away", gone === undefined ? "answers" : "away"));
  await context.last(OUTAGE_SECONDS);
  await context.lift();
  await expectBack(context, "the control API afterwards", () => operators.listClusters());
}

export async function killDatabase(context: DrillContext): Promise<void> {
  const { operators, platform } = context.live;
  const [first] = context.residents;
  await context.kill(DATABASE);
  const gone = await context.until(GONE_SECONDS, async () => {
    // A change that changes nothing where there is a store.
    return await platform.deleteUser(NOBODY).then(
      () => undefined,
      (error: unknown) => isWithoutStore(error) || undefined,
    );
  });
  context.found(fact("changes meanwhile", "refused", gone === undefined ? "taken" : "refused"));
  const resolved = await operators.resolve({ user: first?.user ?? "" }).then(
    () => "answered from memory",
    (error: Error) => error.message,
  );
  context.found(fact("questions meanwhile", "answered from memory", resolved));
  await context.last(OUTAGE_SECONDS);
  await context.lift();
  await expectBack(context, "the control API afterwards", () => operators.listClusters());
}

export async function killNameServer(context: DrillContext): Promise<void> {
  const { environment, resolver, ports } = context.live;
  const { zone } = environment.domain;
  const servers = await delegatedTo(resolver, zone, ports.dns);
  await context.kill(ONE_NAME_SERVER);
  const name = `hello.${context.residents[0]?.user ?? ""}.${zone}`;
  const silent = await context.until(GONE_SECONDS, async () => {
    const answers = await Promise.allSettled(servers.map((server) => askNameServer(server, name)));
    const count = answers.filter(({ status }) => status === "rejected").length;
    return count > 0 ? count : undefined;
  });
  const expected = `1 of ${servers.length}`;
  context.found(fact("name servers silent meanwhile", expected, `${silent?.value ?? 0} of ${servers.length}`));
  await context.last(OUTAGE_SECONDS);
  const { questions, byAnother, unanswered } = context.load.dns;
  context.found(fact("DNS questions unanswered", `0 of ${questions}`, `${unanswered} of ${questions}`));
  context.note(
    `${byAnother} of ${questions} questions were answered by another name server than the first that was asked`,
  );
}

function isWithoutStore(error: unknown): boolean {
  return error instanceof Problem && error.type === "store-unavailable";
}

async function expectBack(context: DrillContext, what: string, ask: () => Promise<unknown>): Promise<void> {
  const back = await context.until(BACK_SECONDS, async () => await ask().then(() => true));
  const measured =
    back === undefined ? `not within ${BACK_SECONDS} s` : `answers after ${back.afterSeconds.toFixed(1)} s`;
  context.found(fact(what, `answers within ${BACK_SECONDS} s`, measured, back !== undefined));
}
