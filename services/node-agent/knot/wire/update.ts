/** Dynamic updates (RFC 2136). Pure. */
import { encodeHeader, encodeQuestion, encodeRecord } from "./message";
import { CLASSES, encodeData, META_TYPES, typeNumber, type ResourceRecord } from "./records";

const OPCODE_UPDATE = 5;
const NOTHING = Buffer.alloc(0);

/** What must hold for a message to have any effect (RFC 2136, 2.4). */
export type Prerequisite =
  /** The name has this record and, of its type, no others than a message's prerequisites list. TTLs do not count. */
  | { readonly kind: "has-record"; readonly record: ResourceRecord }
  | { readonly kind: "has-no-records"; readonly name: string; readonly type: string };

/** A step of an update; steps are taken in their order, all or none (RFC 2136, 2.5). */
export type Operation =
  | { readonly kind: "add"; readonly record: ResourceRecord }
  | { readonly kind: "delete-record"; readonly record: ResourceRecord }
  | { readonly kind: "delete-type"; readonly name: string; readonly type: string }
  | { readonly kind: "delete-name"; readonly name: string };

export interface Update {
  readonly prerequisites: readonly Prerequisite[];
  readonly operations: readonly Operation[];
}

/** Writes an update of a zone. */
export function encodeUpdate(id: number, zone: string, { prerequisites, operations }: Update): Buffer {
  return Buffer.concat([
    encodeHeader(id, OPCODE_UPDATE, { zone: 1, prerequisites: prerequisites.length, updates: operations.length }),
    encodeQuestion(zone, typeNumber("SOA")),
    ...prerequisites.map(encodePrerequisite),
    ...operations.map(encodeOperation),
  ]);
}

export function encodePrerequisite(prerequisite: Prerequisite): Buffer {
  if (prerequisite.kind === "has-record") return encodeWhole(prerequisite.record, CLASSES.IN, 0);
  return encodeRecord(prerequisite.name, typeNumber(prerequisite.type), CLASSES.NONE, 0, NOTHING);
}

export function encodeOperation(operation: Operation): Buffer {
  switch (operation.kind) {
    case "add":
      return encodeWhole(operation.record, CLASSES.IN, operation.record.ttl);
    case "delete-record":
      return encodeWhole(operation.record, CLASSES.NONE, 0);
    case "delete-type":
      return encodeRecord(operation.name, typeNumber(operation.type), CLASSES.ANY, 0, NOTHING);
    case "delete-name":
      return encodeRecord(operation.name, META_TYPES.ANY, CLASSES.ANY, 0, NOTHING);
  }
}

function encodeWhole({ name, type, data }: ResourceRecord, klass: number, ttl: number): Buffer {
  return encodeRecord(name, typeNumber(type), klass, ttl, encodeData(type, data));
}
