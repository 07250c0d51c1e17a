/** Text that PostgreSQL can hold. Pure. */
import { Problem } from "../../contracts/problems";

/** Zero, which PostgreSQL's text cannot hold, and halves of surrogate pairs, which are no characters. */
const UNSTORABLE = /\0|\p{Surrogate}/u;

/** Throws `invalid-request` when any text in a value, keys included, has characters that cannot be stored. */
export function refuseUnstorable(value: unknown, where: string): void {
  if (typeof value === "string") {
    if (UNSTORABLE.test(value)) {
      throw new Problem("invalid-request", `${where} contains a NUL or half of a surrogate pair: send proper text`);
    }
  } else if (typeof value === "object" && value !== null) {
    for (const [key, part] of Object.entries(value)) {
      refuseUnstorable(key, where);
      refuseUnstorable(part, where);
    }
  }
}
