/** The programs that units call beside `docker run`, each known by the form that it is called in. Pure. */
import { absolute } from "./docker-run";
import { splitWords } from "./words";

/** A directory that `install` makes on the VM. */
export interface MadeDirectory {
  readonly path: string;
  /** User number of its owner. */
  readonly owner: number;
  /** Permission bits. */
  readonly mode: number;
}

/** What one command of a unit does. */
export type Command =
  | { readonly does: "run"; readonly words: readonly string[] }
  | { readonly does: "remove" | "stop"; readonly container: string }
  | { readonly does: "make"; readonly directory: MadeDirectory }
  | { readonly does: "accept"; readonly port: number }
  | { readonly does: "log in"; readonly registries: readonly string[] };

const DOCKER = "/usr/bin/docker";

/** Reads the value of `ExecStart=` and its like. A leading `-`, for "may fail", is dropped. Throws for unknown commands. */
export function parseCommand(text: string): Command {
  const [program = "", ...args] = splitWords(text.replace(/^-/, ""));
  const [verb = "", ...rest] = args;
  if (program === DOCKER && verb === "run") return { does: "run", words: rest };
  if (program === DOCKER && verb === "stop" && rest.length === 1) return { does: "stop", container: rest[0] ?? "" };
  if (program === DOCKER && verb === "rm" && rest[0] === "--force" && rest.length === 2) {
    return { does: "remove", container: rest[1] ?? "" };
  }
  if (program === "/usr/bin/docker-credential-gcr" && verb === "configure-docker") return logIn(text, rest);
  if (program === "/sbin/iptables") return accept(text, args);
  if (program === "install" || program === "/usr/bin/install") return make(text, args);
  throw new Error(`the sandbox does not know the command "${text}"`);
}

function logIn(text: string, options: readonly string[]): Command {
  const [, registries] = /^--registries=(.+)$/.exec(options[0] ?? "") ?? [];
  if (registries === undefined || options.length > 1)
    throw new Error(`the sandbox does not know the options of "${text}"`);
  return { does: "log in", registries: registries.split(",") };
}

/** `-w -A INPUT -p tcp --dport <port> -j ACCEPT`, in any order. */
function accept(text: string, args: readonly string[]): Command {
  const left = new Map<string, string>();
  for (let at = 0; at < args.length; at++) {
    const option = args[at] ?? "";
    left.set(option, option === "-w" ? "" : (args[++at] ?? ""));
  }
  const port = Number(left.get("--dport"));
  const known: Readonly<Record<string, string>> = { "-A": "INPUT", "-p": "tcp", "-j": "ACCEPT" };
  const isKnown = [...left].every(([option, value]) => ["-w", "--dport"].includes(option) || known[option] === value);
  const isWhole = [...Object.keys(known), "--dport"].every((option) => left.has(option));
  if (isKnown && isWhole && Number.isInteger(port) && port > 0 && port < 65536) return { does: "accept", port };
  throw new Error(`"${text}": of iptables the sandbox knows rules that accept one TCP port in INPUT`);
}

/** `--directory --owner=<number> --group=<number> --mode=<octal> <path>`. */
function make(text: string, args: readonly string[]): Command {
  const path = absolute(args.at(-1) ?? "");
  const options = new Map(
    args.slice(0, -1).map((arg) => [arg.split("=", 1)[0] ?? "", arg.slice(arg.indexOf("=") + 1)]),
  );
  const { "--owner": owner = "0", "--group": group = "0", "--mode": mode = "0755" } = Object.fromEntries(options);
  const isKnown = [...options.keys()].every((key) => ["--directory", "--owner", "--group", "--mode"].includes(key));
  if (
    !isKnown ||
    !options.has("--directory") ||
    !/^\d+$/.test(owner) ||
    !/^\d+$/.test(group) ||
    !/^0?[0-7]{3}$/.test(mode)
  ) {
    throw new Error(`"${text}": of install the sandbox knows --directory with --owner, --group and --mode as numbers`);
  }
  return { does: "make", directory: { path, owner: Number(owner), mode: Number.parseInt(mode, 8) } };
}
