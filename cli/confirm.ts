/** Asking before something is changed. */
import { createInterface } from "node:readline/promises";
import { UsageError } from "../deploy/errors";

/** Whether somebody is there to answer. */
export function isInteractive(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** True when the answer is `expected`; everything else, an end of input and Ctrl-C included, is a no. */
export async function confirm(question: string, expected: string): Promise<boolean> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const aborted = new AbortController();
  prompt.once("SIGINT", () => aborted.abort());
  prompt.once("close", () => aborted.abort());
  try {
    return (await prompt.question(`${question} `, { signal: aborted.signal })).trim() === expected;
  } catch {
    return false;
  } finally {
    prompt.close();
  }
}

/** Destroying is never done because nobody was there to object. */
export function requireInteractive(operation: string): void {
  if (!isInteractive())
    throw new UsageError(`${operation} asks for confirmation, and there is no terminal to ask on; add --yes`);
}
