/**
 * Messages of Knot's control protocol, as `knotc` and Knot 3.2 exchange them: octets that say what follows, and texts with their
 * length before them. Only what a command for one zone takes. Pure.
 */

/** What a message consists of: `end` is the connection's last word, a block ends one command or one answer. */
const UNIT = { end: 0, data: 1, extra: 2, block: 3 } as const;
/** What a text is, of those that data consists of. */
const ITEM = { command: 16, flags: 17, error: 18, zone: 22 } as const;
const FIRST_ITEM = 16;

/** A command for one zone, without flags. */
export function encodeCommand(command: string, zone: string): Buffer {
  const items = [text(ITEM.command, command), text(ITEM.flags, ""), text(ITEM.zone, zone)];
  return Buffer.concat([Buffer.of(UNIT.data), ...items, Buffer.of(UNIT.block)]);
}

/** What Knot answers: nothing but its end, unless it has something to say. */
export interface ControlAnswer {
  /** Why the command was not carried out. */
  readonly error?: string;
}

/** The answer that the octets begin with; undefined until all of it is there. Throws for what is none. */
export function decodeAnswer(received: Buffer): ControlAnswer | undefined {
  let error: string | undefined;
  for (let at = 0; at < received.length;) {
    const code = received.readUInt8(at++);
    if (code === UNIT.block || code === UNIT.end) return error === undefined ? {} : { error };
    if (code === UNIT.data || code === UNIT.extra) continue;
    if (code < FIRST_ITEM) throw new Error(`an answer of Knot's control socket has a unit ${code}, which is not known`);
    if (received.length < at + 2) return undefined;
    const end = at + 2 + received.readUInt16BE(at);
    if (received.length < end) return undefined;
    if (code === ITEM.error) error = received.toString("utf8", at + 2, end);
    at = end;
  }
  return undefined;
}

function text(item: number, value: string): Buffer {
  const octets = Buffer.from(value);
  const head = Buffer.alloc(3);
  head.writeUInt8(item);
  head.writeUInt16BE(octets.length, 1);
  return Buffer.concat([head, octets]);
}
