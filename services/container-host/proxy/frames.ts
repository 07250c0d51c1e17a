/** Where frames of a WebSocket end (RFC 6455, 5.2), so that another one can be put between two. Pure. */

/** Octets before a frame's payload: two, a longer length, and a masking key. */
const LONG_LENGTH = { 126: 2, 127: 8 } as Readonly<Record<number, number>>;
const MASK_BYTES = 4;
const OPCODE = 0x0f;
const OPCODE_CLOSE = 0x08;
const MASKED = 0x80;
const LENGTH = 0x7f;

export class FrameTracker {
  /** Of the frame that has begun: its header as far as it is there, then what is missing of its payload. */
  private readonly header: number[] = [];
  private missing = 0;
  private closed = false;

  /** Whether all frames that have begun have ended. */
  get isAtBoundary(): boolean {
    return this.missing === 0 && this.header.length === 0;
  }

  /** Whether a close frame has begun: nothing may follow it. */
  get hasClosed(): boolean {
    return this.closed;
  }

  /** Takes note of octets, all of them or with `toBoundary` those up to the first end of a frame; returns how many. */
  advance(octets: Uint8Array, { toBoundary = false } = {}): number {
    let position = 0;
    while (position < octets.length) {
      if (this.missing > 0) {
        const part = Math.min(this.missing, octets.length - position);
        this.missing -= part;
        position += part;
      } else {
        this.enterHeader(octets[position++] ?? 0);
      }
      if (toBoundary && this.isAtBoundary) return position;
    }
    return position;
  }

  private enterHeader(octet: number): void {
    this.header.push(octet);
    const [first = 0, second = 0] = this.header;
    if (this.header.length === 1) this.closed ||= (first & OPCODE) === OPCODE_CLOSE;
    if (this.header.length < 2) return;
    const short = second & LENGTH;
    const lengthBytes = LONG_LENGTH[short] ?? 0;
    const maskBytes = (second & MASKED) === 0 ? 0 : MASK_BYTES;
    if (this.header.length < 2 + lengthBytes + maskBytes) return;
    const long = this.header.slice(2, 2 + lengthBytes);
    this.missing = lengthBytes === 0 ? short : long.reduce((length, digit) => length * 256 + digit, 0);
    this.header.length = 0;
  }
}

/** A server's close frame with a status. */
export function closeFrame(status: number): Buffer {
  return Buffer.from([0x80 | OPCODE_CLOSE, 2, status >> 8, status & 0xff]);
}
