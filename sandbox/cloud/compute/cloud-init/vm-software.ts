/** From a VM's `user-data` to the containers that run on it. Pure. */
import { basename, join } from "node:path";
import type { ContainerSpec } from "../../machine";
import { parseCloudConfig, type CloudConfig } from "./cloud-config";
import { parseCommand, type Command, type MadeDirectory } from "./commands";
import { parseDockerRun, type DockerRun } from "./docker-run";
import { parseEnvironmentFile } from "./environment-file";
import { startedUnits } from "./started-units";
import { seconds, single, type Unit } from "./systemd-unit";

/** What runs on a VM, and where its directories are. */
export interface VmSoftware {
  readonly containers: readonly ContainerSpec[];
  /** Directories of the VM's disk, as absolute paths on this machine. */
  readonly directories: readonly string[];
  /** Directories that are empty whenever the VM starts, as absolute paths on this machine. */
  readonly temporary: readonly string[];
}

/** What systemd waits for a service to stop, and before it starts it again, by default. */
const DEFAULT_STOP = "90s";
const DEFAULT_RESTART = "100ms";

/** What the units that run have prepared for containers. */
interface Host {
  readonly config: CloudConfig;
  /** Paths on this machine of the VM's directories. */
  readonly directories: ReadonlyMap<string, { readonly made: MadeDirectory; readonly here: string }>;
  readonly ports: readonly number[];
  /** Registries that docker has credentials for, by the home directory in which it looks for them. */
  readonly logins: ReadonlyMap<string | undefined, readonly string[]>;
  /** Folder of directories that begin empty. */
  readonly temporary: string;
}

/**
 * Interprets `user-data` for a VM whose disk is the folder `root` of this machine. Its directories lie flat there. Throws an Error
 * that names the container or unit, and what of it is unknown, malformed or missing.
 */
export function interpretCloudInit(userData: string, root: string): VmSoftware {
  const config = parseCloudConfig(userData);
  const services = startedUnits(config).map((unit) => ({ unit, commands: commandsOf(unit) }));
  const all = services.flatMap(({ commands }) => commands.all);
  const host: Host = {
    config,
    directories: placeDirectories(all, root),
    ports: [...new Set(all.flatMap((command) => (command.does === "accept" ? [command.port] : [])))],
    logins: loginsOf(services),
    temporary: join(root, "tmp"),
  };
  const containers = services.flatMap(({ unit, commands }) => {
    const [run] = commands.start;
    return run?.does === "run" ? [named(unit, () => containerOf(unit, commands, run.words, host))] : [];
  });
  checkNames(containers.map(({ name }) => name));
  const mounted = containers.flatMap(({ mounts }) => Object.values(mounts));
  return {
    containers,
    directories: [...host.directories.values()].map(({ here }) => here),
    temporary: mounted.filter((path) => path.startsWith(`${host.temporary}/`)),
  };
}

function checkNames(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`two units run a container ${twice}`);
}

interface Commands {
  readonly before: readonly Command[];
  readonly start: readonly Command[];
  readonly stop: readonly Command[];
  readonly all: readonly Command[];
}

function commandsOf(unit: Unit): Commands {
  return named(unit, () => {
    const of = (key: string) => (unit.service.get(key) ?? []).map(parseCommand);
    const [before, start, stop] = [of("ExecStartPre"), of("ExecStart"), of("ExecStop")];
    const isOneShot = single(unit.service, "Type") === "oneshot";
    const type = single(unit.service, "Type") ?? "simple";
    if (!isOneShot && type !== "simple") throw new Error(`the sandbox does not know Type=${type}`);
    if (!isOneShot && (start.length !== 1 || start[0]?.does !== "run")) {
      throw new Error("a service that is not Type=oneshot runs one container");
    }
    if (isOneShot && start.some(({ does }) => does === "run")) throw new Error("a container in a unit of Type=oneshot");
    return { before, start, stop, all: [...before, ...start] };
  });
}

function placeDirectories(commands: readonly Command[], root: string): Host["directories"] {
  const directories = new Map<string, { made: MadeDirectory; here: string }>();
  const taken = new Set(["tmp"]);
  for (const command of commands) {
    if (command.does !== "make" || directories.has(command.directory.path)) continue;
    const base = basename(command.directory.path);
    let name = base;
    for (let count = 2; taken.has(name); count++) name = `${base}-${count}`;
    taken.add(name);
    directories.set(command.directory.path, { made: command.directory, here: join(root, name) });
  }
  return directories;
}

function loginsOf(services: readonly { unit: Unit; commands: Commands }[]): Host["logins"] {
  const logins = new Map<string | undefined, string[]>();
  for (const { unit, commands } of services) {
    const home = homeOf(unit);
    for (const command of commands.all) {
      if (command.does === "log in") logins.set(home, [...(logins.get(home) ?? []), ...command.registries]);
    }
  }
  return logins;
}

/** The only variable that the docker client is given: where it keeps its credentials. */
function homeOf(unit: Unit): string | undefined {
  const environment = unit.service.get("Environment") ?? [];
  const other = environment.find((assignment) => !/^HOME=\/[\w./-]+$/.test(assignment));
  if (other !== undefined) throw new Error(`${unit.name}: the sandbox does not know Environment=${other}`);
  return environment.at(-1)?.slice("HOME=".length);
}

function containerOf(unit: Unit, commands: Commands, words: readonly string[], host: Host): ContainerSpec {
  const run = parseDockerRun(words);
  checkLife(unit, commands, run);
  checkLogin(unit, run, host);
  const mounts = run.mounts.map(({ source, target, readOnly }): [string, string] => {
    const directory = host.directories.get(source);
    if (directory === undefined) throw new Error(`mounts ${source}, which no ExecStartPre makes on the VM`);
    if (!readOnly && !mayWrite(run.user, directory.made)) {
      throw new Error(
        `runs as user ${run.user}, who may not write ${source}: it is made for user ${directory.made.owner}`,
      );
    }
    return [target, directory.here];
  });
  const temporary = run.temporary.map((path): [string, string] => [path, join(host.temporary, run.name, path)]);
  const systemdWaits = seconds(unit, "TimeoutStopSec", single(unit.service, "TimeoutStopSec") ?? DEFAULT_STOP);
  return {
    name: run.name,
    image: run.image,
    args: run.args,
    environment: Object.fromEntries(run.environmentFiles.flatMap((path) => Object.entries(variablesOf(path, host)))),
    mounts: Object.fromEntries([...temporary, ...mounts]),
    stopTimeoutSeconds: Math.min(run.stopTimeoutSeconds, systemdWaits),
    restartSeconds: seconds(unit, "RestartSec", single(unit.service, "RestartSec") ?? DEFAULT_RESTART),
    ports: host.ports,
  };
}

function mayWrite(user: number, { owner, mode }: MadeDirectory): boolean {
  return user === 0 || (user === owner ? (mode & 0o200) !== 0 : (mode & 0o002) !== 0);
}

function variablesOf(path: string, { config }: Host): Record<string, string> {
  const text = config.files.get(path);
  if (text === undefined) throw new Error(`--env-file=${path}: no such file is written`);
  return parseEnvironmentFile(path, text);
}

/** That the container comes back whenever it ends, and ends when it is told to: a VM has nobody else to see to it. */
function checkLife({ unit, service }: Unit, { before, stop }: Commands, run: DockerRun): void {
  const restart = single(service, "Restart") ?? "no";
  if (restart !== "always") throw new Error(`Restart=${restart}: the sandbox emulates always only`);
  const limit = single(unit, "StartLimitIntervalSec");
  if (limit !== "0") {
    throw new Error(
      `StartLimitIntervalSec=${limit ?? ""}: systemd gives up after a few starts; the sandbox emulates 0 only`,
    );
  }
  const others = [...before, ...stop].filter((command) => "container" in command && command.container !== run.name);
  if (others.length > 0) throw new Error("its unit removes or stops a container of another name");
  if (!run.removed && !before.some(({ does }) => does === "remove")) {
    throw new Error("nothing removes the container after it has ended, so that its name is taken; add --rm");
  }
}

function checkLogin(unit: Unit, { image }: DockerRun, { logins }: Host): void {
  const registry = image.split("/")[0] ?? "";
  if (logins.get(homeOf(unit))?.includes(registry) === true) return;
  throw new Error(
    `docker has no credentials for ${registry} in the home directory of the unit, so that ${image} cannot be pulled`,
  );
}

function named<T>({ name }: Unit, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { message } = error as Error;
    throw new Error(message.startsWith(`${name}:`) ? message : `${name}: ${message}`, { cause: error });
  }
}
