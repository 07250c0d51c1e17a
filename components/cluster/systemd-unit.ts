/** Text of systemd units. Pure. */
import { PRINTABLE_ASCII } from "./environment-file";

/** A service unit: values of its sections' keys; a list stands for a key given several times. */
export interface ServiceUnit {
  readonly unit: Readonly<Record<string, string | readonly string[]>>;
  readonly service: Readonly<Record<string, string | readonly string[]>>;
}

/** The text of a service unit. It has no `[Install]` section: cloud-init starts it at every boot. */
export function serviceUnit({ unit, service }: ServiceUnit): string {
  return [section("Unit", unit), section("Service", service)].join("\n");
}

function section(name: string, values: Readonly<Record<string, string | readonly string[]>>): string {
  const lines = Object.entries(values).flatMap(([key, value]) => [value].flat().map((one) => `${key}=${one}\n`));
  return `[${name}]\n${lines.join("")}`;
}

const PLAIN_WORD = /^[\w@:./=,+-]+$/;
/**
 * A command for `ExecStart=` and its like. Each word reaches the program as it is: specifiers (`%`), variables (`$`), quotes,
 * backslashes and blanks are escaped. Throws an Error for a word that is not printable ASCII. Words of `perLine` stand on
 * lines of their own, so that a difference between two versions of a long command is one line.
 */
export function command(words: readonly string[], perLine: readonly string[] = []): string {
  return [words.map(quoteWord).join(" "), ...perLine.map(quoteWord)].join(" \\\n  ");
}

function quoteWord(word: string): string {
  if (!PRINTABLE_ASCII.test(word)) throw new Error(`argument ${JSON.stringify(word)} is not printable ASCII`);
  if (PLAIN_WORD.test(word)) return word;
  const escaped = word.replace(/["\\]/g, "\\$&").replaceAll("%", "%%").replaceAll("$", "$$$$");
  return `"${escaped}"`;
}
