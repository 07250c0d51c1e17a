/** Which cluster each user of an evacuation goes to. Pure. */
import type { Cluster } from "../../contracts/resources";
import { headroom } from "../placement";

/** Who is to be moved. */
export interface Evacuee {
  readonly label: string;
  readonly plan: string;
  /** Whether another transfer of theirs is running, which this one will not disturb. */
  readonly moving: boolean;
}

export interface Allocation {
  /** Users in the order they were given, each with a destination. */
  readonly moves: readonly { readonly label: string; readonly destination: string }[];
  /** How many cannot be moved, by problem type. */
  readonly refused: Readonly<Record<string, number>>;
}

type Candidate = Pick<Cluster, "name" | "plans" | "lifecycle" | "users" | "arriving" | "maxUsers">;

/**
 * Each user goes to whichever fitting cluster has most room left at their turn, so that clusters end up with equal room as far as
 * there are users to fill them. Fitting are `destinations` where they are given; else the clusters of the user's plan, and
 * reserves (clusters without plans) when those are full. A cluster that is not active fits nobody.
 */
export function allocate(
  evacuees: readonly Evacuee[],
  source: string,
  clusters: readonly Candidate[],
  destinations?: readonly string[],
): Allocation {
  const room = new Map(
    clusters.filter(({ name }) => name !== source).map((cluster) => [cluster.name, headroom(cluster)] as const),
  );
  const choicesOf = destinations === undefined ? choicesByPlan(clusters) : () => [destinations];
  const moves: { label: string; destination: string }[] = [];
  const refused: Record<string, number> = {};
  for (const { label, plan, moving } of evacuees) {
    const destination = moving ? undefined : firstWithRoom(choicesOf(plan), room);
    if (destination === undefined) {
      const problem = moving ? "transfer-running" : destinations === undefined ? "no-cluster" : "cluster-full";
      refused[problem] = (refused[problem] ?? 0) + 1;
      continue;
    }
    room.set(destination, (room.get(destination) ?? 0) - 1);
    moves.push({ label, destination });
  }
  return { moves, refused };
}

/** Groups of clusters to be tried one after another. */
function choicesByPlan(clusters: readonly Candidate[]): (plan: string) => readonly (readonly string[])[] {
  const names = (fitting: readonly Candidate[]) => fitting.map(({ name }) => name);
  const reserves = names(clusters.filter(({ plans }) => plans.length === 0));
  const byPlan = new Map<string, readonly (readonly string[])[]>();
  return (plan) => {
    const known = byPlan.get(plan);
    if (known !== undefined) return known;
    const choices = [names(clusters.filter(({ plans }) => plans.includes(plan))), reserves];
    byPlan.set(plan, choices);
    return choices;
  };
}

function firstWithRoom(choices: readonly (readonly string[])[], room: ReadonlyMap<string, number>): string | undefined {
  for (const group of choices) {
    const roomiest = mostRoom(group, room);
    if (roomiest !== undefined) return roomiest;
  }
  return undefined;
}

/** Of equals the first. */
function mostRoom(names: readonly string[], room: ReadonlyMap<string, number>): string | undefined {
  let best: string | undefined;
  let most = 0;
  for (const name of names) {
    const left = room.get(name) ?? 0;
    if (left > most) [best, most] = [name, left];
  }
  return best;
}
