/** Writing HAProxy's configuration: sections, quoting, and what may be put into it at all. Pure. */
import { isIP } from "node:net";

/** A section: its first line, and the others indented below it. */
export function section(head: string, lines: readonly (string | readonly string[])[]): string {
  return [head, ...lines.flat().map((line) => `    ${line}`)].join("\n") + "\n";
}

/** A word that is taken as it is, with blanks, `#`, `$` and backslashes. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Throws an error that names the setting unless its value may stand in the configuration unquoted. */
export function checked(setting: string, value: string, pattern: RegExp): string {
  if (pattern.test(value)) return value;
  throw new RangeError(`${setting} is ${JSON.stringify(value)}: it must match ${pattern.source}`);
}

export function checkedAddress(setting: string, value: string): string {
  if (isIP(value) !== 0) return value;
  throw new RangeError(`${setting} is ${JSON.stringify(value)}: it must be an IP address`);
}

/** `<address>:<port>`, as HAProxy reads it of both families. */
export function endpoint(address: string, port: number): string {
  return `${address}:${port}`;
}

/** A user's name or an app's, in a pattern; `LABEL_PATTERN` of the contracts without its ends. */
export const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";

/** A name as a pattern that matches nothing else. */
export function literally(name: string): string {
  return name.replaceAll(".", "\\.");
}

/** A cluster's name, as the contracts have it. */
export const CLUSTER = /^[a-z][a-z0-9-]{0,62}$/;
