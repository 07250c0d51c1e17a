/** What the feed wants of an edge: the maps, and the sibling clusters. */
import { isDeepStrictEqual } from "node:util";
import type { Change, State } from "../driver";
import { edgeChangeOf, InvalidEntry, isAsKnown, mapOf, type EdgeChange } from "./entries";
import { filesIn, MAP_NAMES, type MapName } from "./files";
import type { Entry } from "./overlay-map";
import { PublishedMap, type WantedEntries } from "./published-map";
import type { Sibling } from "./settings";
import type { Workers } from "./workers";

export type Siblings = ReadonlyMap<string, Sibling>;

export class Wanted {
  /** Another object whenever they change. */
  siblings: Siblings = new Map();
  maps: readonly PublishedMap[] = [];
  /** Changes that no edge can hold. */
  refused = 0;

  constructor(
    private readonly directory: string,
    private readonly log: { error(fields: object, message: string): void },
    private readonly foldAt?: number,
  ) {}

  /** Takes over what is on disk, and makes it what the state says. */
  async open(state: State): Promise<void> {
    const files = filesIn(this.directory).maps;
    this.siblings = this.siblingsOf(state);
    const maps: PublishedMap[] = [];
    // One after another: with a million entries each takes seconds, and memory.
    for (const name of MAP_NAMES)
      maps.push(await PublishedMap.open(name, files[name], this.entriesOf(name, state), this.foldAt));
    this.maps = maps;
  }

  take(changes: readonly Change[]): void {
    const siblings = new Map(this.siblings);
    let haveChanged = false;
    for (const change of changes) {
      const asked = this.parse(change);
      if (asked?.type === "map") this.maps.find(({ name }) => name === asked.map)?.set(asked.key, asked.value);
      if (asked?.type !== "sibling") continue;
      haveChanged = true;
      if (asked.sibling === undefined) siblings.delete(asked.name);
      else siblings.set(asked.name, asked.sibling);
    }
    if (haveChanged) this.siblings = siblings;
  }

  /** Puts what has changed on disk, and in force in all of HAProxy's processes. */
  async publish(workers: Pick<Workers, "all">): Promise<void> {
    const due = this.maps.filter(({ isPublished }) => !isPublished);
    if (due.length === 0) return;
    const all = await workers.all();
    for (const map of due) await map.publish(all);
  }

  /** Writes the files of maps again that somebody else has changed. Returns whose. */
  async repairFiles(): Promise<MapName[]> {
    const repaired: MapName[] = [];
    for (const map of this.maps) if (await map.repairFiles()) repaired.push(map.name);
    return repaired;
  }

  /** Makes it what the state says. Returns how many entries differed. */
  become(state: State): number {
    let differences = 0;
    for (const map of this.maps) differences += map.become(this.entriesOf(map.name, state));
    const siblings = this.siblingsOf(state);
    for (const name of new Set([...siblings.keys(), ...this.siblings.keys()])) {
      if (isDeepStrictEqual(siblings.get(name), this.siblings.get(name))) continue;
      differences++;
      this.siblings = siblings;
    }
    return differences;
  }

  private siblingsOf(state: State): Siblings {
    const siblings = new Map<string, Sibling>();
    for (const [key, value] of state) {
      if (mapOf(key) !== undefined) continue;
      const asked = this.parse({ key, value });
      if (asked?.type === "sibling" && asked.sibling !== undefined) siblings.set(asked.name, asked.sibling);
    }
    return siblings;
  }

  private entriesOf(name: MapName, state: State): WantedEntries {
    const read = (key: string, value: unknown) => this.parse({ key, value });
    return function* (known): Generator<Entry> {
      for (const [key, value] of state) {
        if (mapOf(key) !== name) continue;
        const label = key.slice(key.indexOf("/") + 1);
        const before = known?.get(label);
        if (before !== undefined && isAsKnown(value, before)) yield [label, before];
        else {
          const asked = read(key, value);
          if (asked?.type === "map" && asked.value !== undefined) yield [asked.key, asked.value];
        }
      }
    };
  }

  /** What a change asks for; nothing where no edge can hold it. */
  private parse(change: Pick<Change, "key" | "value">): EdgeChange | undefined {
    try {
      return edgeChangeOf(change);
    } catch (error) {
      if (!(error instanceof InvalidEntry)) throw error;
      this.refused++;
      this.log.error({ key: change.key, error: error.message }, "an edge cannot hold an entry; it goes without");
      return undefined;
    }
  }
}
