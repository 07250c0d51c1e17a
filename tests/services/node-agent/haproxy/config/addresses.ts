/** Loopback addresses and ports of a test's own. */
import { randomInt } from "node:crypto";

export { freePort } from "../../../support/free-port";

/** An address that hardly anybody else on this machine listens at. */
export function ownAddress(): string {
  return `127.${randomInt(16, 250)}.${randomInt(1, 250)}.${randomInt(1, 250)}`;
}
