/** Messages in a stream, each behind its length (RFC 1035, 4.2.2). */
import { uint16 } from "./message";
import { WireError } from "./wire-error";

/** Octets of the longest message. */
export const MAX_MESSAGE = 0xffff;

export function frame(message: Buffer): Buffer {
  if (message.length > MAX_MESSAGE) throw new WireError(`a message of ${message.length} octets exceeds ${MAX_MESSAGE}`);
  return Buffer.concat([uint16(message.length), message]);
}

/** Cuts what arrives into messages. Holds at most one message that is not whole yet. */
export class FrameReader {
  private rest: Buffer = Buffer.alloc(0);

  /** The messages that are whole with this chunk. */
  push(chunk: Buffer): Buffer[] {
    let data = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const messages: Buffer[] = [];
    while (data.length >= 2 && data.length >= 2 + data.readUInt16BE(0)) {
      const end = 2 + data.readUInt16BE(0);
      messages.push(data.subarray(2, end));
      data = data.subarray(end);
    }
    this.rest = data;
    return messages;
  }
}
