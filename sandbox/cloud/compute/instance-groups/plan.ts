/** What a group does next, given the instances it has and the ones it is to have. Pure. */

/** An instance, as far as the plan is concerned. */
export interface Member {
  readonly name: string;
  readonly zone: string;
  /** Whether it is made of the template that the group is to have. */
  readonly current: boolean;
  /** Whether it is known to do its work. */
  readonly healthy: boolean;
  /** Whether autohealing has given it up. */
  readonly lost: boolean;
  /** Whether it is on its way out, or being repaired. */
  readonly leaving: boolean;
}

export interface Target {
  readonly size: number;
  readonly maxSurge: number;
  readonly maxUnavailable: number;
  readonly zones: readonly string[];
}

export type Action =
  | { readonly do: "create"; readonly zone: string }
  /** Stops it for good. */
  | { readonly do: "remove"; readonly name: string }
  /** Stops it and makes it anew under its name. */
  | { readonly do: "repair"; readonly name: string };

/**
 * The actions that may begin now. Repeated after everything that changes, they make of any members `size` healthy current ones:
 * new ones come within the surge, and an old one goes when enough others are there without it. Never are there
 * more than size + maxSurge, those on their way out included, and none is removed that would leave fewer than
 * size - maxUnavailable healthy. Where new ones do not get healthy, the update stops.
 */
export function plan(members: readonly Member[], target: Target): Action[] {
  const present = members.filter(({ leaving }) => !leaving);
  const removed = removals(present, target);
  const staying = present.filter((member) => !removed.includes(member));
  const lost = staying.filter((member) => member.lost);
  return [
    ...removed.map(({ name }): Action => ({ do: "remove", name })),
    ...lost.map(({ name }): Action => ({ do: "repair", name })),
    ...creations(staying, target, members.length).map((zone): Action => ({ do: "create", zone })),
  ];
}

function creations(staying: readonly Member[], { size, maxSurge, zones }: Target, existing: number): string[] {
  const current = staying.filter((member) => member.current);
  const count = Math.min(size - current.length, size + maxSurge - existing);
  const created: string[] = [];
  while (created.length < count) {
    const used = (zone: string) =>
      current.filter((member) => member.zone === zone).length + created.filter((other) => other === zone).length;
    created.push(zones.reduce((best, zone) => (used(zone) < used(best) ? zone : best)));
  }
  return created;
}

/** Those that may go: old ones that are not needed any more, then current ones beyond the size. */
function removals(present: readonly Member[], { size, maxUnavailable }: Target): Member[] {
  const least = size - maxUnavailable;
  const removed: Member[] = [];
  for (;;) {
    const left = present.filter((member) => !removed.includes(member));
    const healthy = left.filter((member) => member.healthy).length;
    const old = left.filter((member) => !member.current);
    const current = left.filter((member) => member.current);
    // What counts for the group's size while it is updated: old ones, and new ones that have shown that they work.
    const carried = old.length + current.filter((member) => member.healthy).length;
    const candidates = carried > least ? old : [];
    const surplus = current.length > size ? current : [];
    const mayGo = (member: Member) => !member.healthy || healthy > least;
    const next = inOrderToGo(candidates).find(mayGo) ?? inOrderToGo(surplus).find(mayGo);
    if (next === undefined) return removed;
    removed.push(next);
  }
}

/** Those that do no work first; then those of the fullest zone. */
function inOrderToGo(members: readonly Member[]): Member[] {
  const inZone = (member: Member) => members.filter(({ zone }) => zone === member.zone).length;
  return [...members].sort((a, b) => Number(a.healthy) - Number(b.healthy) || inZone(b) - inZone(a));
}
