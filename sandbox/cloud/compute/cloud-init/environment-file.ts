/** Environment files as `docker run --env-file` reads them. Pure. */

/**
 * The variables of a file. Lines end at a line feed, with or without a carriage return before it; white space before a name is
 * skipped, and so are empty lines and those that begin with #; what follows the first = is the value, verbatim. Throws an Error
 * that names the file and the line for a name with white space, and for one without a value, which docker takes from its own
 * environment.
 */
export function parseEnvironmentFile(path: string, text: string): Record<string, string> {
  const environment: Record<string, string> = {};
  text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .forEach((raw, index) => {
      const line = raw.replace(/\r$/, "").trimStart();
      if (line === "" || line.startsWith("#")) return;
      const equals = line.indexOf("=");
      const name = equals < 0 ? line : line.slice(0, equals);
      const at = `${path}, line ${index + 1}`;
      if (name === "" || /\s/.test(name)) throw new Error(`${at}: "${name}" is not the name of a variable`);
      if (equals < 0)
        throw new Error(`${at}: ${name} has no value; the VM's docker has no environment to take it from`);
      environment[name] = line.slice(equals + 1);
    });
  return environment;
}
