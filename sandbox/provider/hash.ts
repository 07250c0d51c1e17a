import { createHash } from "node:crypto";

function digest(parts: readonly unknown[]): Buffer {
  return createHash("sha256").update(JSON.stringify(parts)).digest();
}

/** A fingerprint of content as Google Cloud's APIs give it: base64 of eight bytes. */
export function fingerprint(...content: unknown[]): string {
  return digest(content).subarray(0, 8).toString("base64");
}

/** Lowercase hexadecimal digits that depend on `content` only. */
export function hexadecimal(length: number, ...content: unknown[]): string {
  return digest(content).toString("hex").slice(0, length);
}

/** A number of at most 15 digits (exact in JSON) that depends on `content` only. */
export function number(...content: unknown[]): number {
  return digest(content).readUIntBE(0, 6);
}

/** A decimal id of 19 digits, as Google Cloud gives to every resource. */
export function numericId(...content: unknown[]): string {
  return `4${(digest(content).readBigUInt64BE() % 10n ** 18n).toString().padStart(18, "0")}`;
}

/** A UUID that depends on `content` only. */
export function uuid(...content: unknown[]): string {
  const hex = hexadecimal(32, ...content);
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20)].join("-");
}
