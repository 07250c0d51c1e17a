/** Environment files as docker reads them: one `KEY=value` per line, the value verbatim, no quotes and no escapes. Pure. */

const KEY = /^[A-Z][A-Z0-9_]*$/;
/** What means itself in such a file, in a systemd unit, in the YAML around them and on every terminal. */
export const PRINTABLE_ASCII = /^[ -~]*$/;

/**
 * The text of an environment file, sorted by key so that the order of definition means nothing. Throws an Error that names
 * the variable when its key is not in capitals, or its value holds anything but printable ASCII: the format has no way to
 * say a line break, and docker drops a carriage return in silence.
 */
export function environmentFile(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .map(([key, value]) => line(key, value))
    .sort()
    .join("");
}

function line(key: string, value: string): string {
  if (!KEY.test(key)) throw new Error(`environment variable "${key}": a name has capital letters, digits and _ only`);
  if (!PRINTABLE_ASCII.test(value)) {
    throw new Error(
      `environment variable ${key}: ${JSON.stringify(value)} holds a line break or another character that is not printable ASCII`,
    );
  }
  return `${key}=${value}\n`;
}
