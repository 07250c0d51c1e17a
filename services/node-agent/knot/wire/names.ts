/**
 * Domain names on the wire (RFC 1035, 3.1 and 4.1.4). Pure.
 *
 * As text a name is in lower case and without trailing dot; the root is the empty text. Dots and backslashes within a label are
 * escaped with a backslash, octets that do not print as three decimal digits (RFC 1035, 5.1): one name, one text.
 */
import { WireError } from "./wire-error";

const MAX_LABEL = 63;
/** Octets of a whole name, lengths and root included. */
const MAX_NAME = 255;
const ESCAPED = /\\(\d{3}|[^])/g;

/** Writes a name without compression. */
export function encodeName(name: string): Buffer {
  const encoded = Buffer.concat([...labelsOf(name).map(encodeLabel), Buffer.of(0)]);
  if (encoded.length > MAX_NAME)
    throw new WireError(`name "${name}" takes ${encoded.length} octets, more than ${MAX_NAME}`);
  return encoded;
}

function labelsOf(name: string): string[] {
  if (name === "") return [];
  if (!name.includes("\\")) return name.split(".");
  const labels = name.match(/(?:\\[^]|[^.\\])+/g) ?? [];
  if (labels.join(".") !== name) throw new WireError(`name "${name}" has an empty label`);
  return labels;
}

function encodeLabel(label: string): Buffer {
  const text = label.replace(ESCAPED, (_, escaped: string) =>
    escaped.length === 3 ? String.fromCharCode(Number(escaped)) : escaped,
  );
  if (text.length === 0 || text.length > MAX_LABEL)
    throw new WireError(`label "${label}" has ${text.length} octets, not 1 to ${MAX_LABEL}`);
  const encoded = Buffer.allocUnsafe(text.length + 1);
  encoded[0] = text.length;
  encoded.write(text, 1, "latin1");
  return encoded;
}

/** Reads the name at an offset. Pointers must lead backwards, so that reading ends on any input. */
export function decodeName(message: Buffer, offset: number): { name: string; end: number } {
  const labels: string[] = [];
  let end: number | undefined;
  let start = offset;
  let at = offset;
  let octets = 1;
  for (;;) {
    const length = message[at];
    if (length === undefined) throw new WireError("a name runs past the end of the message");
    if (length === 0) return { name: labels.join("."), end: end ?? at + 1 };
    if (length > MAX_LABEL) {
      end ??= at + 2;
      at = start = pointerAt(message, at, start);
    } else {
      octets += length + 1;
      if (octets > MAX_NAME) throw new WireError(`a name takes more than ${MAX_NAME} octets`);
      labels.push(decodeLabel(message, at + 1, length));
      at += length + 1;
    }
  }
}

function pointerAt(message: Buffer, at: number, before: number): number {
  const high = message[at] ?? 0;
  const low = message[at + 1];
  if (high < 0xc0 || low === undefined) throw new WireError("a label is of an unknown kind");
  const target = ((high & 0x3f) << 8) | low;
  if (target >= before) throw new WireError("a name points forward");
  return target;
}

function decodeLabel(message: Buffer, start: number, length: number): string {
  if (start + length > message.length) throw new WireError("a label runs past the end of the message");
  const text = message.toString("latin1", start, start + length);
  return /^[a-z0-9*_-]*$/.test(text) ? text : text.replace(/[^]/g, decodeOctet);
}

function decodeOctet(octet: string): string {
  if (octet === "." || octet === "\\") return `\\${octet}`;
  if (/[!-~]/.test(octet)) return /[A-Z]/.test(octet) ? octet.toLowerCase() : octet;
  return `\\${String(octet.charCodeAt(0)).padStart(3, "0")}`;
}
