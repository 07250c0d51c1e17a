/** An evacuation in words, tables and a bar. Pure. */
import type { Evacuation } from "../../services/contracts/resources";
import type { Phase } from "../../services/contracts/transfers";
import { columns, duration, type Paint } from "../../preview/table";

const BAR_WIDTH = 30;

/** Users of an evacuation by how far they are. */
export interface Counts {
  readonly total: number;
  /** They live at the destination. */
  readonly moved: number;
  readonly underWay: number;
  readonly waiting: number;
  /** They stay, called off or put back, or are about to be. */
  readonly aborted: number;
}

/** Adds up the phases. */
export function countsOf({ total, phases }: Evacuation): Counts {
  const sum = (...names: Phase[]) => names.reduce((count, name) => count + (phases[name] ?? 0), 0);
  return {
    total,
    moved: sum("settling", "done", "superseded"),
    underWay: sum("accepting", "forwarding", "stopping", "publishing"),
    waiting: sum("requested"),
    aborted: sum("aborting", "aborted"),
  };
}

/** Whether nobody of it will be moved any more, or put back. */
export function hasEnded(evacuation: Evacuation): boolean {
  const { waiting, underWay } = countsOf(evacuation);
  const rest = waiting + underWay + (evacuation.phases.aborting ?? 0);
  return (
    evacuation.state === "done" || evacuation.state === "aborted" || (rest === 0 && evacuation.state !== "aborting")
  );
}

/** What would happen, or has been begun: who goes where, how fast, and who cannot go. */
export function planTable(evacuation: Evacuation, paint?: Paint): string {
  const { source, mode, total, rate, concurrency, destinations, refused } = evacuation;
  const speed = `${grouped(rate)} per second, ${grouped(concurrency)} at once`;
  const title = `${grouped(total)} users leave ${source}, ${mode}, ${speed}`;
  const parts = [title, countTable("destination", "users", destinations, paint)];
  if (Object.keys(refused).length > 0) parts.push(countTable("cannot be moved", "users", refused, paint));
  return parts.join("\n\n");
}

function countTable(what: string, count: string, counts: Readonly<Record<string, number>>, paint?: Paint): string {
  const rows = Object.entries(counts).sort(([, a], [, b]) => b - a);
  return columns([[what, count], ...rows.map(([name, users]) => [name, grouped(users)])], paint);
}

/** Where it stands, in one line without a bar. */
export function progressText(evacuation: Evacuation, perSecond: number | undefined): string {
  const { moved, total, underWay, waiting, aborted } = countsOf(evacuation);
  const parts = [`${grouped(moved)} of ${grouped(total)} moved`, `${grouped(underWay)} under way`];
  if (waiting > 0) parts.push(`${grouped(waiting)} waiting`);
  if (aborted > 0) parts.push(`${grouped(aborted)} not moved`);
  if (evacuation.state !== "running") parts.push(evacuation.state);
  else if (perSecond !== undefined && perSecond > 0) {
    parts.push(`${grouped(perSecond)}/s`, `${duration((waiting + underWay) / perSecond)} left`);
  }
  return parts.join(", ");
}

/** `[#########.....]`: the part of the users who have moved or stay. */
export function bar(evacuation: Evacuation): string {
  const { moved, aborted, total } = countsOf(evacuation);
  const filled = total === 0 ? BAR_WIDTH : Math.floor(((moved + aborted) / total) * BAR_WIDTH);
  return `[${"#".repeat(filled)}${".".repeat(BAR_WIDTH - filled)}]`;
}

/** A count that can be read: `1,234,567`; below ten, with one decimal where it has any. */
export function grouped(count: number): string {
  return count.toLocaleString("en-US", { maximumFractionDigits: count < 10 ? 1 : 0 });
}
