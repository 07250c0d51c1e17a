/** Readers of what cloud-init, docker and systemd are given, each after its program's own rules. */
import { parse } from "yaml";

export interface CloudConfig {
  readonly write_files: readonly { readonly path: string; readonly content: string; readonly permissions: string }[];
  readonly runcmd: readonly (readonly string[])[];
}

/** cloud-init takes YAML 1.1 below a first line that says what it is. */
export function readCloudConfig(userData: string): CloudConfig {
  const [first, ...rest] = userData.split("\n");
  if (first !== "#cloud-config") throw new Error(`first line ${String(first)}`);
  return parse(rest.join("\n"), { version: "1.1" }) as CloudConfig;
}

/** The content of the one file at a path. */
export function fileAt(config: CloudConfig, path: string): string {
  const found = config.write_files.filter((file) => file.path === path);
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} files at ${path}`);
  return found[0].content;
}

/**
 * docker's rules for an environment file: lines end at a line feed, with or without a carriage return before it; white space
 * before the name and lines that begin with # are skipped; what follows the first = is the value.
 */
export function readEnvironmentFile(text: string): Record<string, string> {
  const lines = text.split("\n").map((line) => line.replace(/\r$/, "").trimStart());
  const entries = lines
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const equals = line.indexOf("=");
      return [line.slice(0, equals), line.slice(equals + 1)];
    });
  return Object.fromEntries(entries) as Record<string, string>;
}

/** The values of a key in a unit, a backslash before a line break joining two lines. */
export function settings(unit: string, key: string): string[] {
  const lines = unit.replaceAll(/\\\n\s*/g, " ").split("\n");
  return lines.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1));
}

/** systemd's rules for a command: blanks separate words, quotes hold them together, \ escapes, %% and $$ stand for one. */
export function readCommand(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    const next = text.charAt(at + 1);
    if (char === '"') {
      quoted = !quoted;
      word ??= "";
    } else if (char === " " && !quoted) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === "\\" || char === "%" || char === "$") {
      const escapes = char === "\\" ? '"\\' : char;
      if (next === "" || !escapes.includes(next)) throw new Error(`unescaped ${char} at ${at} of ${text}`);
      word = (word ?? "") + next;
      at++;
    } else word = (word ?? "") + char;
  }
  if (quoted) throw new Error(`open quote in ${text}`);
  return word === undefined ? words : [...words, word];
}
