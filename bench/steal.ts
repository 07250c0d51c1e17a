/** Time that the machine's host gave to others: rounds in which it was much say nothing. */
import { readFileSync } from "node:fs";

/** Share of processor time above which a round is repeated, and how often at most. */
export const STEAL_LIMIT = 0.07;
const MAX_REPEATS = 5;

interface ProcessorTimes {
  readonly total: number;
  readonly stolen: number;
}

/** Runs a round until too little was stolen to matter. Rejects with what the round rejects with. */
export async function undisturbed<T>(round: () => Promise<T>, progress: (text: string) => void): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    const before = processorTimes();
    const result = await round();
    const share = stolenShare(before, processorTimes());
    if (share <= STEAL_LIMIT || attempt === MAX_REPEATS) return result;
    progress(`${Math.round(share * 100)} % of the processors' time was stolen: the round is repeated`);
  }
}

function stolenShare(before: ProcessorTimes, after: ProcessorTimes): number {
  return (after.stolen - before.stolen) / Math.max(1, after.total - before.total);
}

/** Of all processors since the machine started, in ticks: user, nice, system, idle, iowait, irq, softirq, steal. */
function processorTimes(): ProcessorTimes {
  const [first = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const ticks = first.trim().split(/\s+/).slice(1, 9).map(Number);
  return { total: ticks.reduce((sum, value) => sum + value, 0), stolen: ticks[7] ?? 0 };
}
