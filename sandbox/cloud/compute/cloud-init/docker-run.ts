/** Command lines of `docker run`. Every option is known, or refused by its name. Pure. */
import { posix } from "node:path";

export interface BindMount {
  /** Absolute path of the VM. */
  readonly source: string;
  /** Absolute path in the container. */
  readonly target: string;
  readonly readOnly: boolean;
}

export interface DockerRun {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  /** User number of the process. */
  readonly user: number;
  /** Whether docker removes the container when it ends. */
  readonly removed: boolean;
  readonly environmentFiles: readonly string[];
  readonly mounts: readonly BindMount[];
  /** Paths in the container that begin empty each time. */
  readonly temporary: readonly string[];
  /** Seconds between SIGTERM and SIGKILL. */
  readonly stopTimeoutSeconds: number;
}

/** What docker waits by default. */
const STOP_TIMEOUT_SECONDS = 10;

/** What the options have said so far. */
interface Options {
  name?: string;
  network?: string;
  user: number;
  removed: boolean;
  stopTimeoutSeconds: number;
  readonly environmentFiles: string[];
  readonly mounts: BindMount[];
  readonly temporary: string[];
}

type Reader = (options: Options, value: string) => void;

/** Options without a value. */
const FLAGS: Readonly<Record<string, (options: Options) => void>> = {
  rm: (options) => void (options.removed = true),
  // What a container may write is what is mounted: other paths do not exist here.
  "read-only": () => undefined,
};

/** Limits and rights have no effect on the processes of one machine; that they are well-formed is checked. */
const VALUES: Readonly<Record<string, Reader>> = {
  name: (options, value) => {
    if (!/^[a-zA-Z0-9][\w.-]+$/.test(value)) throw new Error(`"${value}" is not a container's name`);
    options.name = value;
  },
  network: (options, value) => void (options.network = value),
  user: (options, value) => {
    if (!/^\d+(:\d+)?$/.test(value)) throw new Error(`"${value}" is not a user's number`);
    options.user = Number(value.split(":")[0]);
  },
  tmpfs: (options, value) => void options.temporary.push(absolute(value.split(":")[0] ?? "")),
  mount: (options, value) => void options.mounts.push(parseMount(value)),
  "env-file": (options, value) => void options.environmentFiles.push(absolute(value)),
  "stop-timeout": (options, value) => {
    if (!/^\d+$/.test(value)) throw new Error(`"${value}" is not a number of seconds`);
    options.stopTimeoutSeconds = Number(value);
  },
  "security-opt": oneOf("no-new-privileges"),
  "cap-drop": matching(/^(ALL|[A-Z_]+)$/, "a capability"),
  "cap-add": oneOf("NET_BIND_SERVICE"),
  "pids-limit": matching(/^\d+$/, "a number"),
  memory: matching(/^\d+[bkmg]?$/, "an amount of memory"),
  "memory-swap": matching(/^\d+[bkmg]?$/, "an amount of memory"),
  "log-driver": oneOf("json-file"),
  "log-opt": matching(/^max-(size=\d+[kmg]|file=\d+)$/, "max-size or max-file"),
};

/** Reads the words after `docker run`. Throws an Error that names the option that is unknown or malformed. */
export function parseDockerRun(words: readonly string[]): DockerRun {
  const options: Options = {
    user: 0,
    removed: false,
    stopTimeoutSeconds: STOP_TIMEOUT_SECONDS,
    environmentFiles: [],
    mounts: [],
    temporary: [],
  };
  const [image, ...args] = words.slice(readOptions(words, options));
  const { name, network = "bridge", ...rest } = options;
  if (image === undefined) throw new Error("docker run names no image");
  if (name === undefined) throw new Error("docker run without --name: nothing could stop the container");
  if (network !== "host") throw new Error(`--network=${network}: nobody reaches it; the sandbox emulates host only`);
  return { ...rest, name, image, args };
}

/** Reads options up to the image; returns the image's index. */
function readOptions(words: readonly string[], options: Options): number {
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at] ?? "";
    if (!word.startsWith("-")) break;
    const [, key = "", given] = /^--([a-z-]+)(?:=(.*))?$/s.exec(word) ?? [];
    const flag = FLAGS[key];
    const reader = VALUES[key];
    if (flag !== undefined && given === undefined) flag(options);
    else if (reader === undefined) throw new Error(`the sandbox does not know docker's option ${word}`);
    else read(key, reader, options, given ?? words[++at]);
  }
  return at;
}

function read(key: string, reader: Reader, options: Options, value: string | undefined): void {
  if (value === undefined) throw new Error(`docker's option --${key} has no value`);
  try {
    reader(options, value);
  } catch (error) {
    throw new Error(`--${key}=${value}: ${(error as Error).message}`, { cause: error });
  }
}

function parseMount(text: string): BindMount {
  const parts = new Map<string, string>();
  for (const part of text.split(",")) {
    const equals = part.indexOf("=");
    const key = equals < 0 ? part : part.slice(0, equals);
    if (!["type", "source", "target", "readonly"].includes(key)) throw new Error(`does not know "${key}"`);
    parts.set(key, equals < 0 ? "true" : part.slice(equals + 1));
  }
  if (parts.get("type") !== "bind") throw new Error("the sandbox emulates type=bind only");
  return {
    source: absolute(parts.get("source") ?? ""),
    target: absolute(parts.get("target") ?? ""),
    readOnly: parts.get("readonly") === "true",
  };
}

/** A path that is absolute and leads nowhere else. */
export function absolute(path: string): string {
  if (path.startsWith("/") && path !== "/" && posix.normalize(path) === path && !path.endsWith("/")) return path;
  throw new Error(`"${path}" is not an absolute path`);
}

function matching(pattern: RegExp, what: string): Reader {
  return (_, value) => {
    if (!pattern.test(value)) throw new Error(`is not ${what}`);
  };
}

function oneOf(known: string): Reader {
  return (_, value) => {
    if (value !== known) throw new Error(`the sandbox knows ${known} only`);
  };
}
