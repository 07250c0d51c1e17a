/** DNS messages as they are read. */
import * as packet from "dns-packet";

/** With what the package's types leave out. */
export interface Message extends packet.DecodedPacket {
  /** Such as `QUERY`. */
  readonly opcode: string;
  /** Such as `NXDOMAIN`. */
  readonly rcode: string;
}

/** Throws an Error for what is no message. */
export function decode(message: Buffer): Message {
  return packet.decode(message) as Message;
}
