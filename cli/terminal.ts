/** Output streams and colours. Results go to standard output, everything about progress to standard error. */
import { plain, type Paint, type Style } from "../preview/table";

/** SGR codes, see ECMA-48. */
const CODE: Readonly<Record<Style, number>> = {
  good: 32,
  bad: 31,
  warn: 33,
  strong: 1,
  dim: 2,
  create: 32,
  update: 33,
  replace: 35,
  delete: 31,
  same: 2,
};

const colours: Paint = (style, text) => `\x1b[${CODE[style]}m${text}\x1b[0m`;

/** Colours on a terminal, unless NO_COLOR (see no-color.org) or a dumb terminal says otherwise. */
export function paintFor(stream: NodeJS.WriteStream, variables: NodeJS.ProcessEnv = process.env): Paint {
  const refused = (variables.NO_COLOR ?? "") !== "" || variables.TERM === "dumb";
  return stream.isTTY && !refused ? colours : plain;
}

/** Nobody reads it any more: a pipe's reader has ended, or the terminal was closed. */
const UNREAD = ["EPIPE", "EIO"];

/**
 * Lets the command go on where nobody reads what it says any more. An update must not end halfway because of `| head`, and a closed
 * terminal asks for the end by SIGHUP. Without this, Pulumi's handler of uncaught errors would report to the same stream, forever.
 */
export function outliveReaders(streams: readonly NodeJS.WritableStream[] = [process.stdout, process.stderr]): void {
  for (const stream of streams) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (!UNREAD.includes(error.code ?? "")) throw error;
    });
  }
}

export function printResult(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  printResult(JSON.stringify(value, null, 2));
}

/** A line about what is going on, for people. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
