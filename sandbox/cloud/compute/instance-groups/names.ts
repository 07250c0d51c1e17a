/** Names of instances. */
import { randomInt } from "node:crypto";

const LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz";
const LENGTH = 4;

/** `<base>-<four random letters or digits>`, as Compute Engine has it; one that is not `taken`. */
export function instanceName(base: string, taken: (name: string) => boolean): string {
  for (;;) {
    const suffix = Array.from({ length: LENGTH }, () => LETTERS.charAt(randomInt(LETTERS.length))).join("");
    const name = `${base}-${suffix}`;
    if (!taken(name)) return name;
  }
}
