/** Files that processes write their output to. */
import { closeSync, copyFileSync, fstatSync, mkdirSync, openSync, readSync, statSync, truncateSync } from "node:fs";
import { dirname } from "node:path";

/** Bytes; a file is at most so long, and a second one beside it, `<file>.1`, holds what came before. */
export const LOG_LIMIT = 16 * 2 ** 20;
/** Bytes at the end that are looked at for last words. */
const TAIL = 16 * 1024;
/** Most characters of last words. */
const MAX_WORDS = 500;

/** Opens a log for a process to write to. Whatever it does, it writes to the end, also after the file was cut. */
export function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  boundLog(path);
  return openSync(path, "a", 0o640);
}

/** Cuts a log that has become too long. What is written at this very moment may be lost. */
export function boundLog(path: string, limit = LOG_LIMIT): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) < limit) return;
  copyFileSync(path, `${path}.1`);
  truncateSync(path);
}

/** Length of a log in bytes, 0 where there is none. */
export function logLength(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * The last that a log says, for people: see {@link lastWords}. Only what was written `from` there on is looked at, and all of a file
 * that has been cut since. Empty where there is nothing.
 */
export function tail(path: string, from = 0): string {
  const length = logLength(path);
  const start = Math.max(length < from ? 0 : from, length - TAIL);
  if (length === start) return "";
  const file = openSync(path, "r");
  try {
    const content = Buffer.alloc(Math.max(0, fstatSync(file).size - start));
    return lastWords(content.toString("utf8", 0, readSync(file, content, 0, content.length, start)));
  } finally {
    closeSync(file);
  }
}

/**
 * The last line that says something: not the frames of a stack, nor the interpreter's version after it; of a structured line its
 * message and error. Pure.
 */
export function lastWords(output: string): string {
  const says = (line: string) => line !== "" && !/^(at .*[:)]|Node\.js v[\d.]+|[{}\]^]+)$/.test(line);
  const lines = output.split("\n").map((line) => line.trim());
  const last = lines.filter(says).at(-1) ?? "";
  return (messageOf(last) ?? last).slice(0, MAX_WORDS);
}

interface StructuredLine {
  readonly msg?: unknown;
  readonly err?: { readonly message?: unknown };
}

function messageOf(line: string): string | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const { msg, err } = JSON.parse(line) as StructuredLine;
    const parts = [msg, err?.message].filter((part): part is string => typeof part === "string" && part !== "");
    return parts.length === 0 ? undefined : parts.join(": ");
  } catch {
    return undefined;
  }
}
