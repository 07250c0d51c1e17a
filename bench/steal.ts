/** Time that the machine's host gave to others: rounds in which it was much say nothing. */
import { readFileSync } from "node:fs";

/** Share of processor time above which a round is repeated, and how often at most. */
export const STEAL_LIMIT = 0.07;
const MAX_REPEATS = 5;

export interface Rounds<T> {
  /** What each round measured. */
  readonly values: readonly T[];
  /** Rounds that were measured again because too much was stolen meanwhile. */
  readonly dropped: number;
}

/** Runs a round `count` times, each until too little was stolen to matter. Rejects with what a round rejects with. */
export async function undisturbedRounds<T>(
  what: string,
  count: number,
  progress: (text: string) => void,
  round: (index: number) => Promise<T>,
): Promise<Rounds<T>> {
  const values: T[] = [];
  let dropped = 0;
  while (values.length < count) {
    progress(`${what}: round ${values.length + 1} of ${count}`);
    const before = processorTimes();
    const value = await round(values.length);
    const share = stolenShare(before, processorTimes());
    if (share <= STEAL_LIMIT || dropped >= MAX_REPEATS) {
      values.push(value);
      continue;
    }
    dropped += 1;
    progress(`${Math.round(share * 100)} % of the processors' time was stolen: the round is repeated`);
  }
  return { values, dropped };
}

function stolenShare(before: ProcessorTimes, after: ProcessorTimes): number {
  return (after.stolen - before.stolen) / Math.max(1, after.total - before.total);
}

interface ProcessorTimes {
  readonly total: number;
  readonly stolen: number;
}

/** Of all processors since the machine started, in ticks: user, nice, system, idle, iowait, irq, softirq, steal. */
function processorTimes(): ProcessorTimes {
  const [first = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const ticks = first.trim().split(/\s+/).slice(1, 9).map(Number);
  return { total: ticks.reduce((sum, value) => sum + value, 0), stolen: ticks[7] ?? 0 };
}
