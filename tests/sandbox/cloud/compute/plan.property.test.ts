import fc from "fast-check";
import { plan, type Action, type Member, type Target } from "../../../../sandbox/cloud/compute/instance-groups/plan";

const ZONES = ["a", "b", "c"];

/** A group whose members change as the plan says, and get healthy or not by chance. */
class Simulation {
  private count = 0;

  constructor(
    public members: readonly Member[],
    readonly target: Target,
  ) {}

  /** Begins what the plan says; returns it. */
  step(): Action[] {
    const actions = plan(this.members, this.target);
    for (const action of actions) this.begin(action);
    return actions;
  }

  change(name: string, changes: Partial<Member>): void {
    this.members = this.members.map((member) => (member.name === name ? { ...member, ...changes } : member));
  }

  /** A removed one is gone, a repaired one is made anew of the current template. */
  finish(removed: ReadonlySet<string>): void {
    this.members = this.members.flatMap((member) => {
      if (!member.leaving) return [member];
      return removed.has(member.name)
        ? []
        : [{ ...member, leaving: false, lost: false, healthy: false, current: true }];
    });
  }

  private begin(action: Action): void {
    if (action.do !== "create") return this.change(action.name, { leaving: true });
    const name = `new-${this.count++}`;
    const created = { name, zone: action.zone, current: true, healthy: false, lost: false, leaving: false };
    this.members = [...this.members, created];
  }
}

const target = fc
  .record({ size: fc.nat(6), maxSurge: fc.nat(3), maxUnavailable: fc.nat(3), zones: fc.constant(ZONES) })
  .filter(({ maxSurge, maxUnavailable }) => maxSurge + maxUnavailable > 0);

const member = fc.record({
  zone: fc.constantFrom(...ZONES),
  current: fc.boolean(),
  healthy: fc.boolean(),
  lost: fc.boolean(),
  leaving: fc.boolean(),
});
const members = fc
  .array(member, { maxLength: 8 })
  .map((list): Member[] =>
    list.map((one, index) => ({ ...one, lost: one.lost && !one.healthy, name: `old-${index}` })),
  );

const serving = (list: readonly Member[]) => list.filter(({ healthy, leaving }) => healthy && !leaving).length;

describe("the plan of an instance group", () => {
  it("never takes away so many that fewer are healthy than the size less what may be unavailable", () => {
    fc.assert(
      fc.property(members, target, (list, goal) => {
        const group = new Simulation(list, goal);
        const before = serving(group.members);
        group.step();
        expect(serving(group.members)).toBeGreaterThanOrEqual(Math.min(before, goal.size - goal.maxUnavailable));
      }),
      { numRuns: 2000 },
    );
  });

  it("never makes more than the size and the surge, those on their way out included", () => {
    fc.assert(
      fc.property(members, target, (list, goal) => {
        const group = new Simulation(list, goal);
        group.step();
        expect(group.members.length).toBeLessThanOrEqual(Math.max(list.length, goal.size + goal.maxSurge));
      }),
      { numRuns: 2000 },
    );
  });

  it("makes of any group one of the right size, of the current template, whatever happens on the way", () => {
    const luck = fc.infiniteStream(fc.nat(99));
    fc.assert(
      fc.property(members, target, luck, (list, goal, chances) => {
        const group = new Simulation(list, goal);
        const removed = new Set(list.filter(({ leaving }) => leaving).map(({ name }) => name));
        const roll = (percent: number) => Number(chances.next().value) < percent;
        for (let round = 0; round < 200; round++) {
          for (const action of group.step()) if (action.do === "remove") removed.add(action.name);
          if (roll(70)) group.finish(removed);
          for (const one of group.members) {
            // Bad luck ends at some time.
            const isBad = round < 40 && roll(30);
            if (!one.leaving && !one.lost) group.change(one.name, { healthy: !isBad, lost: isBad && roll(30) });
          }
        }
        expect(group.members).toHaveLength(goal.size);
        expect(group.members.every(({ current, healthy, leaving }) => current && healthy && !leaving)).toBe(true);
        expect(plan(group.members, goal)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("leaves old instances alone while no new one gets healthy", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 3 }), (size, maxSurge) => {
        const old = Array.from({ length: size }, (_, index): Member => {
          return { name: `old-${index}`, zone: "a", current: false, healthy: true, lost: false, leaving: false };
        });
        const group = new Simulation(old, { size, maxSurge, maxUnavailable: 0, zones: ZONES });
        const actions = [...group.step(), ...group.step(), ...group.step()];
        expect(actions.map((action) => action.do)).toEqual(
          Array.from({ length: Math.min(size, maxSurge) }, () => "create"),
        );
      }),
    );
  });

  it("takes back a release that does not get healthy for one that does", () => {
    const at = (name: string, current: boolean, healthy: boolean): Member => {
      return { name, zone: "a", current, healthy, lost: false, leaving: false };
    };
    const list = [
      at("good-0", false, true),
      at("good-1", false, true),
      at("bad-0", false, false),
      at("bad-1", false, false),
    ];
    const goal = { size: 2, maxSurge: 2, maxUnavailable: 0, zones: ZONES };
    expect(plan(list, goal)).toEqual([
      { do: "remove", name: "bad-0" },
      { do: "remove", name: "bad-1" },
    ]);
    const freed = list.slice(0, 2);
    expect(plan(freed, goal).map((action) => action.do)).toEqual(["create", "create"]);
  });

  it("spreads new instances evenly over the zones", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), (size) => {
        const group = new Simulation([], { size, maxSurge: 1, maxUnavailable: 0, zones: ZONES });
        group.step();
        const counts = ZONES.map((zone) => group.members.filter((one) => one.zone === zone).length);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("takes from the fullest zone when the group shrinks", () => {
    const at = (name: string, zone: string): Member => {
      return { name, zone, current: true, healthy: true, lost: false, leaving: false };
    };
    const goal = { size: 2, maxSurge: 1, maxUnavailable: 0, zones: ZONES };
    const [action] = plan([at("one", "a"), at("two", "b"), at("three", "b")], goal);
    expect(action).toEqual({ do: "remove", name: "two" });
  });

  it("repairs what autohealing has given up", () => {
    const lost = { name: "one", zone: "a", current: true, healthy: false, lost: true, leaving: false };
    expect(plan([lost], { size: 1, maxSurge: 1, maxUnavailable: 0, zones: ZONES })).toEqual([
      { do: "repair", name: "one" },
    ]);
  });
});
