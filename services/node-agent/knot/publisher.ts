/**
 * Sends update messages to Knot: several in flight, in the order that plan.ts asks for, again and again until Knot has taken them.
 */
import { setMaxListeners } from "node:events";
import { backOff } from "./back-off";
import { ConnectionLost, type Connection } from "./connection";
import type { Log } from "./settings";
import { updateOf, type Step, type UpdateMessage } from "./plan";
import type { Rcode } from "./wire/message";
import { TsigError } from "./wire/tsig";
import { encodeUpdate } from "./wire/update";
import { WireError } from "./wire/wire-error";

/** A prerequisite did not hold: the records are not what they were when the step was made. */
const PREREQUISITE_FAILED: readonly Rcode[] = ["YXDOMAIN", "YXRRSET", "NXRRSET", "NXDOMAIN"];
/** The message itself is wrong, and always will be. */
const REFUSED_FOR_GOOD: readonly Rcode[] = ["FORMERR", "NOTIMP", "NOTZONE"];

/** Failures in a row after which a message is cut in two: Knot drops all of what it commits together when one of it fails. */
const FAILURES_BEFORE_SPLIT = 3;
/** Messages that have begun and not ended; those in flight, and those that wait to be sent again. */
const MAX_BEGUN = 64;

/** How one step ended: published, outdated (a prerequisite failed), or refused for what it is. */
export type Outcome = "published" | "outdated" | "refused";
export type OnOutcome = (step: Step, outcome: Outcome) => void;

/** The driver was stopped before Knot had taken everything. */
export class Stopped extends Error {
  override readonly name = "Stopped";

  constructor() {
    super("the name server's driver was stopped");
  }
}

interface Job {
  readonly messages: Iterator<UpdateMessage>;
  readonly onOutcome: OnOutcome;
  /** The next message, once it has been taken from the source. */
  next?: UpdateMessage | undefined;
  drained: boolean;
  running: number;
  resolve(): void;
  reject(error: unknown): void;
}

export class Publisher {
  /** Jobs with messages left, in the order of the calls; only the first one's are begun. */
  private readonly queue: Job[] = [];
  private readonly keys = new Set<string>();
  private readonly stopping = new AbortController();
  private begun = 0;
  private zoneWide = false;

  constructor(
    private readonly connection: Pick<Connection, "exchange">,
    private readonly zone: string,
    private readonly log: Log,
    /** Called before each message, which raises the zone's serial by one at most. */
    private readonly beforeSend: () => void,
  ) {
    // Each message that waits to be sent again listens, and there are no more of those than may have begun.
    setMaxListeners(0, this.stopping.signal);
  }

  /**
   * Publishes messages after those of earlier calls. Resolves when each step has its outcome, and rejects with Stopped, or with what
   * the messages' source throws.
   */
  async publish(messages: Iterable<UpdateMessage>, onOutcome: OnOutcome): Promise<void> {
    if (this.stopping.signal.aborted) throw new Stopped();
    await new Promise<void>((resolve, reject) => {
      this.queue.push({
        messages: messages[Symbol.iterator](),
        onOutcome,
        drained: false,
        running: 0,
        resolve,
        reject,
      });
      this.fill();
    });
  }

  /** Rejects what is not published yet, and sends nothing more. */
  stop(): void {
    this.stopping.abort();
    for (const job of this.queue.splice(0)) job.reject(new Stopped());
  }

  private fill(): void {
    for (let [job] = this.queue; job !== undefined && this.begun < MAX_BEGUN; [job] = this.queue) {
      const message = takeNext(job);
      if (message === undefined) {
        this.queue.shift();
        settle(job);
      } else if (this.mayBegin(message)) {
        job.next = undefined;
        this.begin(job, message);
      } else return;
    }
  }

  private mayBegin({ steps, zoneWide }: UpdateMessage): boolean {
    if (this.zoneWide || zoneWide) return this.begun === 0;
    return !steps.some(({ key }) => this.keys.has(key));
  }

  private begin(job: Job, { steps, zoneWide }: UpdateMessage): void {
    this.begun++;
    this.zoneWide = zoneWide;
    job.running++;
    for (const { key } of steps) this.keys.add(key);
    void this.deliver(steps, zoneWide, job.onOutcome)
      .catch((error: unknown) => job.reject(error))
      .finally(() => {
        for (const { key } of steps) this.keys.delete(key);
        this.begun--;
        if (this.begun === 0) this.zoneWide = false;
        job.running--;
        settle(job);
        this.fill();
      });
  }

  /** Sends steps until Knot has taken each, or has refused it for good. */
  private async deliver(steps: readonly Step[], zoneWide: boolean, onOutcome: OnOutcome): Promise<void> {
    for (let failures = 1; ; failures++) {
      const answer = await this.attempt(steps);
      if (answer === "NOERROR") return this.conclude(steps, "published", onOutcome);
      const outcome = outcomeOf(answer);
      if (outcome !== undefined && steps.length === 1) {
        if (outcome === "refused") this.log.error({ key: steps[0]?.key, answer }, "Knot refuses a change for good");
        return this.conclude(steps, outcome, onOutcome);
      }
      if (outcome !== undefined || (failures >= FAILURES_BEFORE_SPLIT && steps.length > 1 && !zoneWide))
        return await this.deliverHalves(steps, zoneWide, onOutcome);
      if (Number.isInteger(Math.log2(failures)))
        this.log.warn({ answer: String(answer), failures, changes: steps.length }, "changes are not published yet");
      await backOff(failures, this.stopping.signal);
    }
  }

  private async deliverHalves(steps: readonly Step[], zoneWide: boolean, onOutcome: OnOutcome): Promise<void> {
    const middle = steps.length >> 1;
    const first = this.deliver(steps.slice(0, middle), zoneWide, onOutcome);
    if (zoneWide) await first;
    await Promise.all([first, this.deliver(steps.slice(middle), zoneWide, onOutcome)]);
  }

  /** Sends steps once: what Knot answers, or why there is no answer to go by. */
  private async attempt(steps: readonly Step[]): Promise<Rcode | Error> {
    if (this.stopping.signal.aborted) throw new Stopped();
    this.beforeSend();
    try {
      return (await this.connection.exchange((id) => encodeUpdate(id, this.zone, updateOf(steps)))).rcode;
    } catch (error) {
      if (error instanceof ConnectionLost || error instanceof TsigError || error instanceof WireError) return error;
      throw error;
    }
  }

  private conclude(steps: readonly Step[], outcome: Outcome, onOutcome: OnOutcome): void {
    for (const step of steps) onOutcome(step, outcome);
  }
}

function takeNext(job: Job): UpdateMessage | undefined {
  if (job.drained || job.next !== undefined) return job.next;
  try {
    const result = job.messages.next();
    if (result.done === true) job.drained = true;
    else job.next = result.value;
  } catch (error) {
    job.drained = true;
    job.reject(error);
  }
  return job.next;
}

function settle(job: Job): void {
  if (job.drained && job.running === 0) job.resolve();
}

/** How a step ends that got this answer alone; undefined where another try may succeed. */
function outcomeOf(answer: Rcode | Error): Outcome | undefined {
  if (answer instanceof Error) return undefined;
  if (PREREQUISITE_FAILED.includes(answer)) return "outdated";
  return REFUSED_FOR_GOOD.includes(answer) ? "refused" : undefined;
}
