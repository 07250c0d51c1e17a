/**
 * Ordered changes to update messages. Pure.
 *
 * A step sets all names of one key to what they shall be, whatever they are, so that it may be sent again. Both names of a user
 * stand in one message, which takes effect whole: with only one of them the other name would not exist (RFC 4592, 2.2.1).
 * Steps of users may overtake each other, except those of one user; zone-wide steps (clusters, the wildcard) wait for all
 * before them, and all after them wait.
 *
 * Steps of the feed carry no prerequisites: the feed alone decides, in its order, and a step whose prerequisite failed would leave a
 * user where they are not. Repairs carry them (reconcile.ts).
 */
import { parseKey } from "../../contracts/feed";
import type { Change } from "../driver";
import type { ResourceRecord } from "./wire/records";
import { encodeOperation, encodePrerequisite, type Operation, type Prerequisite, type Update } from "./wire/update";
import { namesOf, recordsOf, type ZoneSettings } from "./zone";

/** What is done to one key's names. */
export interface Step extends Update {
  readonly key: string;
  /** What it takes of a message. */
  readonly octets: number;
}

/** Steps that are sent together. */
export interface UpdateMessage {
  readonly steps: readonly Step[];
  /** To be sent after everything before it has been published, and before anything that follows. */
  readonly zoneWide: boolean;
}

/** Users in a message at most: messages of 250 to 500 were published fastest. */
export const MAX_STEPS = 250;
/** Octets of a message's steps: 64 KB less header, zone and signature, of which the longest names take 800. */
const MAX_OCTETS = 0xffff - 1024;

/** The step that a change of the feed asks for. Throws InvalidEntry or WireError for what the zone cannot hold. */
export function stepOf(settings: ZoneSettings, { key, value }: Pick<Change, "key" | "value">): Step {
  const names = namesOf(settings, key);
  const records = value === null ? [] : recordsOf(settings, key, value);
  return createStep(key, [], [...names.flatMap((name) => clear(key, name)), ...records.map(adding)]);
}

export function createStep(
  key: string,
  prerequisites: readonly Prerequisite[],
  operations: readonly Operation[],
): Step {
  const encoded = [...prerequisites.map(encodePrerequisite), ...operations.map(encodeOperation)];
  return { key, prerequisites, operations, octets: encoded.reduce((sum, { length }) => sum + length, 0) };
}

export function adding(record: ResourceRecord): Operation {
  return { kind: "add", record };
}

/** What empties a name for a key: one that gets a CNAME may hold nothing else (RFC 2136, 3.4.2.2, would not add it). */
export function clear(key: string, name: string): Operation[] {
  if (parseKey(key).kind !== "cluster") return [{ kind: "delete-name", name }];
  return ["CNAME", "A", "AAAA"].map((type) => ({ kind: "delete-type", name, type }));
}

/** Cuts steps into messages, lazily, so that a million need not be held at once. */
export function* messagesOf(steps: Iterable<Step>): Generator<UpdateMessage> {
  let batch = new Batch();
  for (const step of steps) {
    if (!batch.takes(step)) {
      yield batch;
      batch = new Batch();
    }
    batch.add(step);
  }
  if (batch.steps.length > 0) yield batch;
}

/** Collects the steps of a message. */
class Batch implements UpdateMessage {
  readonly steps: Step[] = [];
  private readonly keys = new Set<string>();
  private octets = 0;

  get zoneWide(): boolean {
    const [first] = this.steps;
    return first !== undefined && isZoneWide(first);
  }

  takes(step: Step): boolean {
    if (this.steps.length === 0) return true;
    const fits = this.steps.length < MAX_STEPS && this.octets + step.octets <= MAX_OCTETS;
    return fits && this.zoneWide === isZoneWide(step) && !this.keys.has(step.key);
  }

  add(step: Step): void {
    this.steps.push(step);
    this.keys.add(step.key);
    this.octets += step.octets;
  }
}

function isZoneWide({ key }: Step): boolean {
  return parseKey(key).kind !== "user";
}

/** The update that takes the steps in their order. */
export function updateOf(steps: readonly Step[]): Update {
  return {
    prerequisites: steps.flatMap(({ prerequisites }) => prerequisites),
    operations: steps.flatMap(({ operations }) => operations),
  };
}
