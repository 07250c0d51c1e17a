/**
 * The zone's serial over restarts. Knot counts it up, once per commit; should Knot lose what it has, the zone that replaces it must
 * not fall back, or whoever compares serials takes the new zone for an old one.
 *
 * The disk holds a bound that the serial has not passed: it is moved on, and written, before it can be reached. So nothing is written
 * or asked per change, and after any crash one more than the bound is later than every serial that was ever served.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

const MODULUS = 2 ** 32;
const HALF = 2 ** 31;
/** By how much the bound is moved on: one write to the disk per so many messages. */
const RESERVE = 10_000;

/** Whether serial `a` is later than `b` (RFC 1982, 3.2). */
export function isLater(a: number, b: number): boolean {
  const distance = (a - b + MODULUS) % MODULUS;
  return distance > 0 && distance < HALF;
}

export function advance(serial: number, by: number): number {
  return (serial + by) % MODULUS;
}

export class SerialBound {
  private bound: number;
  /** Messages that may still be sent before the bound could be passed. */
  private left = 0;

  /** Reads the bound of earlier runs from a file; a zone that never was begins at 1. */
  constructor(private readonly path: string) {
    this.bound = readBound(path);
  }

  /** Whether Knot may have served a serial later than this one. */
  isPast(serial: number): boolean {
    return isLater(this.bound, serial);
  }

  /** A serial for Knot to serve that is later than every one served so far. */
  take(): number {
    const serial = advance(this.bound, 1);
    this.observe(serial);
    return serial;
  }

  /** To be called with every serial that Knot is seen to serve. */
  observe(serial: number): void {
    if (!isLater(serial, this.bound)) return;
    this.bound = serial;
    this.left = 0;
    write(this.path, this.bound);
  }

  /** To be called before each message that raises the serial by one at most. */
  spend(): void {
    if (this.left === 0) {
      this.bound = advance(this.bound, RESERVE);
      write(this.path, this.bound);
      this.left = RESERVE;
    }
    this.left--;
  }
}

function readBound(path: string): number {
  let text: string;
  try {
    text = readFileSync(path, "utf8").trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
  if (!/^\d{1,10}$/.test(text) || Number(text) >= MODULUS)
    throw new Error(`${path} holds "${text}", not a serial: delete it, and the zone starts with a new one`);
  return Number(text);
}

/** Synchronous: a message must not be sent before the bound is on disk, and this happens once in ten thousand. */
function write(path: string, bound: number): void {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(`${path}.new`, "w", 0o640);
  try {
    writeSync(file, `${bound}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.new`, path);
}
