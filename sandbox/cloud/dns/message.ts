/** DNS messages as they are read. */
import * as packet from "dns-packet";

/** With what the package's types leave out. */
export interface Message extends packet.DecodedPacket {
  /** Such as `QUERY`. */
  readonly opcode: string;
  /** Such as `NXDOMAIN`. */
  readonly rcode: string;
}

/** Octets of a message over UDP that avoid fragments (RFC 9715). */
export const UDP_SIZE = 1232;

/** Says that its sender understands EDNS (RFC 6891). */
export function edns(options: packet.PacketOpt[] = []): packet.OptAnswer {
  return {
    type: "OPT",
    name: ".",
    udpPayloadSize: UDP_SIZE,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options,
  };
}

/** Throws an Error for what is no message. */
export function decode(message: Buffer): Message {
  return packet.decode(message) as Message;
}
